package render

import (
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
	"github.com/lagkit/lagkit/lacp"
)

var since = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// shown returns what status prints about a bond, 90 s after since.
func shown(t *testing.T, v *view.Bond) string {
	t.Helper()
	var out strings.Builder
	if err := Text(&out, &view.Status{Bonds: []view.Bond{*v}}, nil, since.Add(90*time.Second), 0); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// running returns the view of a running bond with min_links.
func running(st bond.Status, minLinks int) *view.Bond {
	v := view.Of(st)
	v.MinLinks = minLinks
	v.Cause = view.Cause(&v)
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

// TestStatusOfARealBond prints what real bonds report, after ten seconds.
func TestStatusOfARealBond(t *testing.T) {
	s := viewtest.Status(t)
	now := s.Bonds[4].Fault.Since
	var out strings.Builder
	if err := Text(&out, s, nil, now, 0); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"bond0: up on 2 of 3 links: eth3 has no link\n  up for ",
		"s, LACP active, rate FAST, hash layer2+3, mtu 1500, mac 02:",
		" priority 32768, partner 02:",
		"\n  MEMBER  LINK             DATA  RECEIVE        MUX           PARTNER  LACPDU  FAILURES           SHARE  STATE\n",
		"\n  eth1    10000 Mb/s full  yes   CURRENT        DISTRIBUTING  port 1   0s ago  none               50%    carries data\n",
		"\n  eth3    down             no    PORT_DISABLED  ", "  port 3   ", "s ago  link 1, partner 0  0%     has no link\n",
		"\n    eth3: error: LinkDown for 5s. Check the cable and that both interfaces are up.\n",
		"\nbond1: up on 1 of 3 links, on eth2: eth1 is on standby, eth3 has no link\n",
		"\n  MEMBER  LINK             DATA  FAILURES  SHARE  STATE\n",
		"\n  eth1    10000 Mb/s full  no    none      0%     is on standby\n",
		"\nbond3: down: eth1 has no partner, ",
		"\nbond4: not open, LACP\n  missing eth9 for 0s: there is no such interface\n  failed for 0s, next try in 1m0s: eth8: the interface has IP addresses\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the status lacks %q:\n%s", want, &out)
		}
	}
}

func TestStatusSaysThatMinLinksKeepsTheBondDownBOX31(t *testing.T) {
	got := shown(t, running(statusOf(bond.ModeLoadBalance, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth3", lacp.ReasonLinkDown, bond.HoldNone)), 3))
	want := `bond0: down: only 2 of the 3 links that min_links asks for can carry data: eth3 has no link
  down for 1m30s, LOADBALANCE, hash layer2+3, mtu 1500, mac 
  MEMBER  LINK            DATA  FAILURES  SHARE  STATE
  eth1    1000 Mb/s full  no    none      -      waits for further links
  eth2    1000 Mb/s full  no    none      -      waits for further links
  eth3    down            no    none      -      has no link
    eth3: error: LinkDown for 1m30s. Check the cable and that both interfaces are up.
`
	if got != want {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
	// With LACP, a link that is up may still be unable to carry data.
	got = shown(t, running(statusOf(bond.ModeLACP, false,
		memberOf("eth1", lacp.ReasonDistributing, bond.HoldMinLinks),
		memberOf("eth2", lacp.ReasonExpired, bond.HoldMinLinks)), 2))
	if want := "bond0: down: only 1 of the 2 links that min_links asks for can carry data: eth2 no longer hears its partner\n"; !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant %q", got, want)
	}
	got = shown(t, running(statusOf(bond.ModeLACP, true, memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone), memberOf("eth2", lacp.ReasonDistributing, bond.HoldNone)), 2))
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
	want := "  eth1 (wan1)  1000 Mb/s full  yes   none      -      carries data\n  eth2         1000 Mb/s full  yes   none      -      carries data\n"
	if got := shown(t, v); !strings.Contains(got, want) {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
}

func TestStatusShowsSpeedAndDeviceBOX30(t *testing.T) {
	st := statusOf(bond.ModeBroadcast, true, memberOf("eth1", lacp.ReasonDistributing, bond.HoldNone))
	st.Speed, st.Device = 2000, bond.DeviceStatus{Name: "bond0", State: bond.DeviceUp, Since: since}
	v := running(st, 2)
	if got, want := shown(t, v), "bond0: up on 1 of 1 link\n  up for 1m30s, BROADCAST, hash layer2+3, mtu 1500, mac , 2000 Mb/s\n"; v.SpeedMbps != 2000 || !strings.HasPrefix(got, want) {
		t.Errorf("speed is %d and status\n%s\nwant 2000 and\n%s", v.SpeedMbps, got, want)
	}
	st.Up, st.Speed = false, 0
	st.Device = bond.DeviceStatus{Name: "bond0", State: bond.DeviceDown, Since: since.Add(60 * time.Second), Reason: "it was set down"}
	st.Members = []bond.MemberStatus{memberOf("eth1", lacp.ReasonDistributing, bond.HoldDevice)}
	got := shown(t, running(st, 2))
	want := "bond0: down: device bond0 is down, it was set down\n  down for 1m30s, BROADCAST, hash layer2+3, mtu 1500, mac \n" +
		"  MEMBER  LINK            DATA  FAILURES  SHARE  STATE\n" +
		"  eth1    1000 Mb/s full  no    none      -      waits for the device\n  device bond0 is down for 30s: it was set down\n"
	if got != want {
		t.Errorf("status is\n%s\nwant\n%s", got, want)
	}
}

func TestStatusShowsTheBalance(t *testing.T) {
	st := statusOf(bond.ModeLoadBalance, true)
	for _, tt := range []struct {
		balance bond.BalanceStatus
		want    string
	}{
		{bond.BalanceStatus{}, ", mac \n"},                      // and no table without members
		{bond.BalanceStatus{Moved: 7, Last: since}, ", mac \n"}, // it was turned off
		{bond.BalanceStatus{Interval: 10 * time.Second}, "  load balanced every 10 s: no flows moved\n"},
		{bond.BalanceStatus{Interval: time.Hour, Moved: 7, Last: since.Add(30 * time.Second)},
			"  load balanced every 3600 s: 7 buckets of flows moved, the last 1m0s ago\n"},
	} {
		st.Balance = tt.balance
		if got := shown(t, running(st, 0)); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%+v: status is\n%s\nwant at the end %q", tt.balance, got, tt.want)
		}
	}
}

func TestStatusListsRemovedMembers(t *testing.T) {
	v := running(statusOf(bond.ModeLACP, false), 0)
	v.Removed = []view.Removed{{Name: "eth7", Since: since}}
	if got, want := shown(t, v), "\n  removed eth7 1m30s ago\n"; !strings.HasSuffix(got, want) {
		t.Errorf("status is\n%s\nwant at the end %q", got, want)
	}
}

func TestRatesAndSharesComeFromTwoSamples(t *testing.T) {
	sample := func(octets ...uint64) *view.Status {
		b := view.Bond{Name: "bond0", Running: true, Up: true, Mode: "LOADBALANCE"}
		for i, n := range octets {
			b.Members = append(b.Members, view.Member{Name: []string{"eth1", "eth2", "eth3"}[i], Counters: view.Counters{TxOctets: n, RxOctets: 10 * n}})
		}
		return &view.Status{Bonds: []view.Bond{b}}
	}
	var out strings.Builder
	before, now := sample(1_000_000, 500), sample(1_750_000, 500, 250_000)
	if err := TextSince(&out, now, before, since, 2*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"SENT      RECEIVED  SHARE  STATE\n",
		" 3.0 Mb/s  30 Mb/s   75%  ",
		" 0 b/s     0 b/s     0%   ",
		" 1.0 Mb/s  10 Mb/s   25%  ", // it is new
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the status lacks %q:\n%s", want, &out)
		}
	}
}

// TestSharesOfAMomentAreThoseSinceTheStart: a quarter of a second is too short for a share.
func TestSharesOfAMomentAreThoseSinceTheStart(t *testing.T) {
	sample := func(first, second uint64) *view.Status {
		return &view.Status{Bonds: []view.Bond{{Name: "bond0", Running: true, Up: true, Mode: "LOADBALANCE", Members: []view.Member{
			{Name: "eth1", Counters: view.Counters{TxOctets: first, RxOctets: first}}, {Name: "eth2", Counters: view.Counters{TxOctets: second, RxOctets: second}},
		}}}}
	}
	var out strings.Builder
	if err := Text(&out, sample(3_000_000, 1_000_000), sample(2_900_000, 1_000_000), since, 250*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" 3.2 Mb/s  3.2 Mb/s  75%  ", " 0 b/s     0 b/s     25%  "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the status lacks %q:\n%s", want, &out)
		}
	}
}

func TestBitRate(t *testing.T) {
	for bits, want := range map[float64]string{0: "0 b/s", 999: "999 b/s", 999.6: "1.0 kb/s", 9_940: "9.9 kb/s", 9_960: "10 kb/s", 123_456_789: "123 Mb/s", 94e9: "94 Gb/s", 4e12: "4000 Gb/s"} {
		if got := bitRate(bits); got != want {
			t.Errorf("bitRate(%v) = %q, want %q", bits, got, want)
		}
	}
}
