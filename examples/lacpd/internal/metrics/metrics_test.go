package metrics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

func written(t *testing.T, s *view.Status) string {
	t.Helper()
	var out strings.Builder
	if err := Write(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTextPassesTheLinter(t *testing.T) {
	text := written(t, viewtest.Status(t))
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, m := range bondMetrics {
		if name := nameOf(m.desc.String()); !strings.Contains(text, "# HELP "+name+" ") {
			t.Errorf("no series of %s", name)
		}
	}
	for _, m := range portMetrics {
		if name := nameOf(m.desc.String()); !strings.Contains(text, "# HELP "+name+" ") {
			t.Errorf("no series of %s", name)
		}
	}
}

// nameOf returns the name in the text of a description.
func nameOf(desc string) string {
	_, name, _ := strings.Cut(desc, `fqName: "`)
	name, _, _ = strings.Cut(name, `"`)
	return name
}

// registered returns a registry with a collector.
func registered(t *testing.T, c prometheus.Collector) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMetricsOfRealBonds(t *testing.T) {
	s := viewtest.Status(t)
	text := written(t, s)
	partner := s.Bonds[0].Partner
	for _, want := range []string{
		`bond_up{bond="bond0"} 1`, `bond_up{bond="bond3"} 0`, `bond_running{bond="bond4"} 0`,
		`bond_members{bond="bond0"} 3`, `bond_active_members{bond="bond0"} 2`, `bond_active_members{bond="bond1"} 1`, `bond_missing_members{bond="bond4"} 1`,
		`bond_mode_info{bond="bond1",data_plane="user",mode="FAILOVER"} 1`, `bond_speed_bytes_per_second{bond="bond0"} 2.5e+09`,
		`bond_dropped_frames_total{bond="bond3",cause="tx_no_member"} 100`,
		`bond_port_link_up{bond="bond0",port="eth3"} 0`, `bond_port_carries_data{bond="bond1",port="eth2"} 1`,
		`bond_port_link_failures_total{bond="bond0",port="eth3"} 1`, `bond_port_sent_frames_total{bond="bond1",port="eth2"} 100`,
		`bond_port_reason_info{bond="bond0",port="eth3",reason="LinkDown",severity="error"} 1`,
		fmt.Sprintf(`lacp_port_info{bond="bond0",partner_key="%d",partner_port="1",partner_system="%s",partner_system_priority="100",port="eth1"} 1`, partner.Key, partner.System),
		`lacp_port_state{bond="bond0",flag="Distributing",port="eth1"} 1`, `lacp_port_state{bond="bond0",flag="Defaulted",port="eth1"} 0`,
		`lacp_port_mux_state{bond="bond0",port="eth1",state="DISTRIBUTING"} 1`, `lacp_port_mux_state{bond="bond0",port="eth1",state="WAITING"} 0`,
		`lacp_churned_total{bond="bond0",port="eth1",side="partner"} 0`, `lacp_timeouts_total{bond="bond0",port="eth1"} 0`,
		`bond_lag_active{bond="bond0",lag="uplink"} 1`, `bond_lag_able{bond="bond0",lag="uplink"} 1`, `bond_lag_epoch{bond="bond0",lag="uplink"} 4711`,
		`bond_lag_permission_seconds{bond="bond0",lag="uplink"} 0.459`, `bond_lag_without_standby{bond="bond0",lag="uplink"} 0`,
		`bond_lag_takeovers_total{bond="bond0",cause="silent",lag="uplink"} 0`, `bond_lag_vetoes_total{bond="bond0",lag="uplink"} 0`,
		`bond_lag_without_standby_seconds_total{bond="bond0",lag="uplink"} 0`, `bond_lag_differences{bond="bond0",lag="uplink"} 0`,
		`chassis_joined{chassis="head-a",group="nas1"} 1`, `chassis_store_contact_age_seconds{chassis="head-a",group="nas1"} 0.041`,
		`chassis_store_latency_seconds{chassis="head-a",group="nas1"} 0.0012`, `chassis_store_errors_total{chassis="head-a",group="nas1"} 0`,
		fmt.Sprintf(`lacp_pdus_received_total{bond="bond0",port="eth1",type="lacpdu"} %d`, s.Bonds[0].Members[0].Counters.LACPDUsRx),
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, unwanted := range []string{`bond_lag_active{bond="bond1"`, `lacp_flaps_total{bond="bond1"`, `lacp_port_info{bond="bond3"`, `lacp_last_received_timestamp_seconds{bond="bond3"`} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the metrics have %s, want no series for what has no value", unwanted)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestNamesAreStable: dashboards and rules of other people use the names.
func TestNamesAreStable(t *testing.T) {
	c := &collector{func() *view.Status { return &view.Status{} }}
	if n, err := testutil.GatherAndCount(registered(t, c)); err != nil || n != 0 {
		t.Errorf("%d series without a bond, %v, want none", n, err)
	}
	var names []string
	for _, m := range lacpMetrics {
		names = append(names, nameOf(m.desc.String()))
	}
	want := "lacp_port_info lacp_port_state lacp_port_mux_state lacp_last_received_timestamp_seconds lacp_pdus_received_total lacp_pdus_sent_total " +
		"lacp_churned_total lacp_illegal_pdus_total lacp_unknown_pdus_total lacp_looped_pdus_total lacp_send_errors_total lacp_timeouts_total " +
		"lacp_flaps_total lacp_marker_replies_suppressed_total"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("names are %s\nwant %s", got, want)
	}
}
