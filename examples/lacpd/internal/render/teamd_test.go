package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
)

// at returns the value at a path of keys in JSON, as JSON.
func at(t *testing.T, text, path string) string {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Split(path, " ") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func teamd(t *testing.T, b *view.Bond) string {
	t.Helper()
	var out strings.Builder
	index := func(name string) int { return map[string]int{"eth1": 7}[name] }
	if err := Teamd(&out, b, index); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTeamdDump(t *testing.T) {
	s := viewtest.Status(t)
	got := teamd(t, &s.Bonds[0])
	for path, want := range map[string]string{
		"setup runner_name":           `"lacp"`,
		"setup kernel_team_mode_name": `"loadbalance"`,
		"runner active":               `true`,
		"runner fast_rate":            `true`,
		"runner sys_prio":             `32768`,
		"ports eth1 ifinfo ifindex":   `7`,
		"ports eth1 ifinfo ifname":    `"eth1"`,
		"ports eth1 link":             `{"duplex":"full","speed":10000,"up":true}`,
		"ports eth3 link up":          `false`,
		"ports eth3 link_watches list link_watch_0 down_count":  `1`,
		"ports eth1 runner selected":                            `true`,
		"ports eth1 runner state":                               `"current"`,
		"ports eth3 runner state":                               `"disabled"`,
		"ports eth1 runner aggregator":                          `{"id":1,"selected":true}`,
		"ports eth1 runner actor_lacpdu_info state":             `63`,
		"ports eth1 runner partner_lacpdu_info system_priority": `100`,
		"ports eth1 runner partner_lacpdu_info port":            `1`,
	} {
		if got := at(t, got, path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	got = teamd(t, &s.Bonds[1])
	for path, want := range map[string]string{"setup runner_name": `"activebackup"`, "runner": `{"active_port":"eth2"}`, "ports eth1 runner": `null`} {
		if got := at(t, got, path); got != want {
			t.Errorf("FAILOVER: %s is %s, want %s", path, got, want)
		}
	}
}

func TestOpenConfigOfABond(t *testing.T) {
	s := viewtest.Status(t)
	var out strings.Builder
	if err := OpenConfig(&out, s); err != nil {
		t.Fatal(err)
	}
	var v struct {
		Interfaces struct {
			Interface []struct {
				Name     string
				Ethernet struct {
					Config struct {
						ID string `json:"openconfig-if-aggregate:aggregate-id"`
					}
				} `json:"openconfig-if-ethernet:ethernet"`
				Aggregation struct {
					State struct {
						Type   string `json:"lag-type"`
						Member []string
					}
				} `json:"openconfig-if-aggregate:aggregation"`
			}
		} `json:"openconfig-interfaces:interfaces"`
		LACP struct {
			Interfaces struct{ Interface []ocLAG }
		} `json:"openconfig-lacp:lacp"`
	}
	if err := json.Unmarshal([]byte(out.String()), &v); err != nil {
		t.Fatal(err)
	}
	interfaces, lags := v.Interfaces.Interface, v.LACP.Interfaces.Interface
	var types []string
	for _, i := range interfaces {
		types = append(types, i.Name+" "+i.Aggregation.State.Type+i.Ethernet.Config.ID)
	}
	if got, want := strings.Join(types, ", "), "bond0 LACP, eth1 bond0, eth2 bond0, eth3 bond0, bond1 STATIC, bond2 STATIC, bond3 LACP"; got != want || len(lags) != 2 {
		t.Fatalf("interfaces %s and %d LAGs, want %s, 2 with LACP:\n%s", got, len(lags), want, &out)
	}
	if l := lags[0].State; l.Interval != "FAST" || l.Mode != "ACTIVE" || l.SystemID != s.Bonds[0].System.String() || l.SystemPriority != 32768 {
		t.Errorf("LAG %+v, want a fast active one with the bond's System", l)
	}
	m := lags[0].Members.Member[0]
	want := ocMemberState{Interface: "eth1", Activity: "ACTIVE", Timeout: "SHORT", Synchronization: "IN_SYNC", Aggregatable: true, Collecting: true, Distributing: true,
		SystemID: s.Bonds[0].System.String(), OperKey: uint16(s.Bonds[0].Aggregator.Key), PartnerID: s.Bonds[0].Partner.System.String(), PartnerKey: uint16(s.Bonds[0].Partner.Key),
		PortNum: 1, PartnerPortNum: 1, PartnerPortPriority: 32768, LastChange: m.State.LastChange, Counters: m.State.Counters}
	if m.State != want || m.State.LastChange == "0" || m.State.Counters.InPkts == "0" {
		t.Errorf("member %+v, want %+v, a time and LACPDUs", m.State, want)
	}
	if last := lags[0].Members.Member[2].State; last.Synchronization == "IN_SYNC" && last.Distributing {
		t.Errorf("a member without link distributes: %+v", last)
	}
}
