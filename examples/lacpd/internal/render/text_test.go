package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

var since = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// shown returns what status prints about a bond, 90 s after since.
func shown(v *view.Bond) string {
	var out bytes.Buffer
	printBond(&out, v, since.Add(90*time.Second))
	return out.String()
}

// running returns the view of a running bond with min_links.
func running(st bond.Status, minLinks int) *view.Bond {
	v := view.Of(st)
	v.MinLinks = minLinks
	return &v
}

func statusOf(mode bond.Mode, up bool, members ...bond.MemberStatus) bond.Status {
	return bond.Status{Name: "bond0", Mode: mode, MTU: 1500, Up: up, Since: since, Members: members}
}

func memberOf(name string, code lacp.ReasonCode, hold bond.Hold) bond.MemberStatus {
	m := bond.MemberStatus{Name: name, Hold: hold, Reason: lacp.Reason{Code: code, Since: since}}
	m.Link.Up, m.Link.SpeedMbps, m.Link.Duplex = code != lacp.ReasonLinkDown, 1000, lacp.DuplexFull
	m.Carries = code == lacp.ReasonDistributing && hold == bond.HoldNone
	return m
}

func TestStatusSaysThatMinLinksKeepsTheBondDownBOX31(t *testing.T) {
	got := shown(running(statusOf(bond.ModeLoadBalance, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth3", lacp.ReasonLinkDown, bond.HoldNone)), 3))
	want := `bond0: down for 1m30s, LOADBALANCE, hash layer2+3, mtu 1500, mac 
  MEMBER  LINK            DATA  REASON
  eth1    1000 Mb/s full  no    waits for further links
  eth2    1000 Mb/s full  no    waits for further links
  eth3    down            no    error: LinkDown for 1m30s. Check the cable and that both interfaces are up.
  only 2 of the 3 links that min_links asks for: the bond carries no data
`
	if got != want {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
	// With LACP, a link that is up may still be unable to carry data.
	got = shown(running(statusOf(bond.ModeLACP, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonExpired, bond.HoldMinLinks)), 2))
	if want := "  only 1 of the 2 links that min_links asks for: the bond carries no data\n"; !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant %q", got, want)
	}
	got = shown(running(statusOf(bond.ModeLACP, true, memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone), memberOf("eth2", lacp.ReasonDistributing, bond.HoldNone)), 2))
	if strings.Contains(got, "min_links") {
		t.Errorf("status of a bond that is up has a line about min_links:\n%s", got)
	}
}

func TestStatusShowsBothNamesOfAnInterfaceBOX41(t *testing.T) {
	m := memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone)
	m.Link.Renamed = "wan1"
	v := running(statusOf(bond.ModeBroadcast, true, m, memberOf("eth2", lacp.ReasonDistributing, bond.HoldNone)), 0)
	if v.Members[0].Name != "eth1" || v.Members[0].Interface != "wan1" || v.Members[1].Interface != "eth2" {
		t.Errorf("members are %+v, want eth1 now wan1, and eth2", v.Members)
	}
	if got, want := shown(v), "  eth1 (wan1)  1000 Mb/s full  yes   ok\n  eth2         1000 Mb/s full  yes   ok\n"; !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
}

func TestStatusShowsSpeedAndDeviceBOX30(t *testing.T) {
	st := statusOf(bond.ModeBroadcast, true)
	st.Speed, st.Device = 2000, bond.DeviceStatus{Name: "bond0", State: bond.DeviceUp, Since: since}
	v := running(st, 2)
	if got, want := shown(v), "bond0: up for 1m30s, BROADCAST, hash layer2+3, mtu 1500, mac , 2000 Mb/s\n  MEMBER  LINK  DATA  REASON\n"; v.SpeedMbps != 2000 || got != want {
		t.Errorf("speed is %d and status\n%s\nwant 2000 and\n%s", v.SpeedMbps, got, want)
	}
	st.Up, st.Speed = false, 0
	st.Device = bond.DeviceStatus{Name: "bond0", State: bond.DeviceDown, Since: since.Add(60 * time.Second), Reason: "it was set down"}
	st.Members = []bond.MemberStatus{memberOf("eth1", lacp.ReasonDistributing, bond.HoldDevice)}
	got := shown(running(st, 2))
	want := "  eth1    1000 Mb/s full  no    waits for the device\n  device bond0 is down for 30s: it was set down\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("status is\n%s\nwant at the end\n%s", got, want)
	}
}

func TestStatusShowsTheBalance(t *testing.T) {
	st := statusOf(bond.ModeLoadBalance, true)
	for _, tt := range []struct {
		balance bond.BalanceStatus
		want    string
	}{
		{bond.BalanceStatus{}, "REASON\n"},
		{bond.BalanceStatus{Moved: 7, Last: since}, "REASON\n"}, // it was turned off
		{bond.BalanceStatus{Interval: 10 * time.Second}, "  load balanced every 10 s: no flows moved\n"},
		{bond.BalanceStatus{Interval: time.Hour, Moved: 7, Last: since.Add(30 * time.Second)},
			"  load balanced every 3600 s: 7 buckets of flows moved, the last 1m0s ago\n"},
	} {
		st.Balance = tt.balance
		if got := shown(running(st, 0)); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%+v: status is\n%s\nwant at the end %q", tt.balance, got, tt.want)
		}
	}
}
