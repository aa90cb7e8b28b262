package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

var since = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// shown returns what status prints about a bond, 90 s after since.
func shown(v bondView) string {
	var out bytes.Buffer
	printBond(&out, &v, since.Add(90*time.Second))
	return out.String()
}

// viewOf returns the view of a bond with these members.
func viewOf(c config.Bond, up bool, members ...bond.MemberStatus) bondView {
	st := bond.Status{Name: c.Name, Mode: c.Mode, MTU: 1500, Up: up, Since: since, Members: members}
	return viewManaged(&managed{cfg: c, live: statusOnly{st: st}}, nil)
}

type statusOnly struct {
	liveBond
	st bond.Status
}

func (s statusOnly) Status() bond.Status { return s.st }

func memberOf(name string, code lacp.ReasonCode, hold bond.Hold) bond.MemberStatus {
	m := bond.MemberStatus{Name: name, Hold: hold, Reason: lacp.Reason{Code: code, Since: since}}
	m.Link.Up, m.Link.SpeedMbps, m.Link.Duplex = code != lacp.ReasonLinkDown, 1000, lacp.DuplexFull
	m.Carries = code == lacp.ReasonDistributing && hold == bond.HoldNone
	return m
}

func TestStatusSaysThatMinLinksKeepsTheBondDownBOX31(t *testing.T) {
	c := config.Bond{Name: "bond0", Mode: bond.ModeLoadBalance, MinLinks: 3}
	got := shown(viewOf(c, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth3", lacp.ReasonLinkDown, bond.HoldNone)))
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
	c.Mode, c.MinLinks = bond.ModeLACP, 2
	got = shown(viewOf(c, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonExpired, bond.HoldMinLinks)))
	if want := "  only 1 of the 2 links that min_links asks for: the bond carries no data\n"; !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant %q", got, want)
	}
	got = shown(viewOf(c, true, memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone), memberOf("eth2", lacp.ReasonDistributing, bond.HoldNone)))
	if strings.Contains(got, "min_links") {
		t.Errorf("status of a bond that is up has a line about min_links:\n%s", got)
	}
}

func TestStatusShowsBothNamesOfAnInterfaceBOX41(t *testing.T) {
	m := memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone)
	m.Link.Renamed = "wan1"
	v := viewOf(config.Bond{Name: "bond0", Mode: bond.ModeBroadcast}, true, m, memberOf("eth2", lacp.ReasonDistributing, bond.HoldNone))
	if v.Members[0].Name != "eth1" || v.Members[0].Interface != "wan1" || v.Members[1].Interface != "eth2" {
		t.Errorf("members are %+v, want eth1 now wan1, and eth2", v.Members)
	}
	if got, want := shown(v), "  eth1 (wan1)  1000 Mb/s full  yes   ok\n  eth2         1000 Mb/s full  yes   ok\n"; !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
}

func TestStatusShowsSpeedAndDeviceBOX30(t *testing.T) {
	c := config.Bond{Name: "bond0", Mode: bond.ModeBroadcast, MinLinks: 2}
	st := bond.Status{Name: "bond0", Mode: c.Mode, MTU: 1500, Up: true, Since: since, Speed: 2000, Device: bond.DeviceStatus{Name: "bond0", State: bond.DeviceUp, Since: since}}
	v := viewManaged(&managed{cfg: c, live: statusOnly{st: st}}, nil)
	if got, want := shown(v), "bond0: up for 1m30s, BROADCAST, hash layer2+3, mtu 1500, mac , 2000 Mb/s\n  MEMBER  LINK  DATA  REASON\n"; v.SpeedMbps != 2000 || got != want {
		t.Errorf("speed is %d and status\n%s\nwant 2000 and\n%s", v.SpeedMbps, got, want)
	}
	st.Up, st.Speed = false, 0
	st.Device = bond.DeviceStatus{Name: "bond0", State: bond.DeviceDown, Since: since.Add(60 * time.Second), Reason: "it was set down"}
	st.Members = []bond.MemberStatus{memberOf("eth1", lacp.ReasonDistributing, bond.HoldDevice)}
	got := shown(viewManaged(&managed{cfg: c, live: statusOnly{st: st}}, nil))
	want := "  eth1    1000 Mb/s full  no    waits for the device\n  device bond0 is down for 30s: it was set down\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("status is\n%s\nwant at the end\n%s", got, want)
	}
}

func TestStatusShowsTheBalance(t *testing.T) {
	c := config.Bond{Name: "bond0", Mode: bond.ModeLoadBalance}
	st := bond.Status{Name: "bond0", Mode: c.Mode, MTU: 1500, Up: true, Since: since}
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
		if got := shown(viewManaged(&managed{cfg: c, live: statusOnly{st: st}}, nil)); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%+v: status is\n%s\nwant at the end %q", tt.balance, got, tt.want)
		}
	}
}

func TestStatusListsWhatIsMissingAndWhatFailed(t *testing.T) {
	at := since.Add(60 * time.Second)
	v := viewManaged(&managed{cfg: config.Bond{Name: "bond1"}, fault: &fault{err: os.ErrDeadlineExceeded, since: at, next: since.Add(94 * time.Second)},
		absent: []absence{{"usb0", "there is no such interface", at}}}, nil)
	want := "bond1: not open, LACP\n  missing usb0 for 30s: there is no such interface\n  failed for 30s, next try in 4s: i/o timeout\n"
	if got := shown(v); got != want {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
}

func TestStatusSaysWhyNothingAnswersBOX38(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var out bytes.Buffer
	if code := runStatus(context.Background(), &arguments{socket: path}, &out, &out); code != exitFailed || !strings.HasPrefix(out.String(), "lacpd: no lacpd answers at ") {
		t.Errorf("status exits with %d: %s", code, &out)
	}
}
