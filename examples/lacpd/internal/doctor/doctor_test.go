package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
	"github.com/lagkit/lagkit/lacp"
)

// texts returns findings as lines.
func texts(findings []Finding) (lines []string) {
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s: %s: %s", f.Severity, strings.TrimSpace(f.Bond+" "+f.Port), f.What))
	}
	return lines
}

// healthy returns the status of a bond with nothing wrong, and a host with its interfaces.
func healthy(t *testing.T) (*view.Status, *Host) {
	t.Helper()
	return healthyOf(viewtest.Status(t))
}

// healthyOf returns the same from a status of viewtest, which it leaves as it is.
func healthyOf(s *view.Status) (*view.Status, *Host) {
	b := s.Bonds[0]
	b.Members = slices.Clone(b.Members[:2])
	b.Device.Name = "bond0"
	return &view.Status{Bonds: []view.Bond{b}}, &Host{Interfaces: []Interface{
		{Index: 1, Names: []string{"bond0"}, MTU: 1500}, {Index: 2, Names: []string{"enp1", "eth1"}, MTU: 1500}, {Index: 3, Names: []string{"eth2"}, MTU: 1500}}}
}

func TestNothingIsWrongWithAHealthyBond(t *testing.T) {
	s, h := healthy(t)
	findings := Examine(s, h)
	if len(findings) != 0 || Wrong(findings) {
		t.Errorf("findings %q, want none", texts(findings))
	}
	var out strings.Builder
	h.Unseen = []string{"the moon"}
	if err := Print(&out, findings, h); err != nil || out.String() != "Nothing is wrong.\nNot looked at: the moon\n"+notProbed+"\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}

var gateway = netip.MustParseAddr("192.0.2.1")

// TestEachCheckFindsItsFault spoils one thing at a time.
func TestEachCheckFindsItsFault(t *testing.T) {
	base := viewtest.Status(t)
	for _, tt := range []struct {
		want  string
		spoil func(b *view.Bond, h *Host)
	}{
		{"error: bond0: is not open: busy", func(b *view.Bond, _ *Host) {
			*b = view.Bond{Name: "bond0", Cause: "not open: busy", Fault: &view.Fault{Error: "busy"}}
		}},
		{"error: bond0: does not match the file: busy", func(b *view.Bond, _ *Host) { b.Fault = &view.Fault{Error: "busy"} }},
		{"error: bond0: is down: it has no links", func(b *view.Bond, _ *Host) { b.Up, b.Cause = false, "down: it has no links" }},
		{"error: bond0: device bond0 is missing: it was deleted", func(b *view.Bond, _ *Host) {
			b.Device = view.Device{Name: "bond0", State: "missing", Reason: "it was deleted"}
		}},
		{"misconfiguration: bond0: device bond0 has MTU 9000, the bond 1500", func(_ *view.Bond, h *Host) { h.Interfaces[0].MTU = 9000 }},
		{"warning: bond0 eth9: is missing: it is gone", func(b *view.Bond, _ *Host) { b.Missing = []view.Missing{{Name: "eth9", Why: "it is gone"}} }},
		{"misconfiguration: bond0: min_links is 3, but the bond has only 2 ports", func(b *view.Bond, _ *Host) { b.MinLinks = 3 }},
		{"info: bond0: has one port only", func(b *view.Bond, _ *Host) { b.Members = b.Members[:1] }},
		{"misconfiguration: bond0: has links of different speeds: eth1 10000 Mb/s, eth2 1000 Mb/s", func(b *view.Bond, _ *Host) { b.Members[1].Link.SpeedMbps = 1000 }},
		{"info: bond0: passes its frames through lacpd: old kernel", func(b *view.Bond, _ *Host) { b.DataPlane.Why = "old kernel" }},
		{"info: bond0: the host sent 7 frames that are longer than the MTU", func(b *view.Bond, _ *Host) { b.Counters.TxTooLong = 7 }},
		{"warning: bond0: no other box could take LAG uplink over", func(b *view.Bond, _ *Host) {
			l := *b.LAG
			l.Boxes = l.Boxes[:1]
			b.LAG = &l
		}},
		{"error: bond0: could not carry LAG uplink: NoStore", func(b *view.Bond, _ *Host) {
			l := *b.LAG
			l.Role, l.Reason = view.RoleNone, &view.Reason{Code: "NoStore", Severity: "error", Advice: "Check the store."}
			b.LAG = &l
		}},
		{"misconfiguration: bond0: LAG uplink: mtu is 9000 here and 1500 on head-b", func(b *view.Bond, _ *Host) {
			l := *b.LAG
			l.Differences = []view.Discrepancy{{What: "mtu", Box: "head-b", Ours: "9000", Theirs: "1500"}}
			b.LAG = &l
		}},
		{"warning: bond0: its links stay up if lacpd dies: the watchdog process has ended, or there was none at the start", func(b *view.Bond, _ *Host) { b.Settings.Watchdog = "failed" }},
		{"error: bond0 eth1: has no link", func(b *view.Bond, _ *Host) {
			b.Members[0].CarriesData = false
			b.Members[0].Reason = view.Reason{Code: "LinkDown", Number: int(lacp.ReasonLinkDown), Severity: "error", Advice: "Check the cable."}
		}},
		{"misconfiguration: bond0 eth1: carries data, but has an MTU that is too small (have 1400, want 1500)", func(b *view.Bond, _ *Host) {
			b.Members[0].Link.MTU = 1400 // one finding is enough
			b.Members[0].Reason = view.Reason{Number: int(lacp.ReasonMTUMismatch), Severity: "misconfiguration", Have: "1400", Want: "1500", Advice: "Set it."}
		}},
		{"misconfiguration: bond0 eth1: has MTU 1400, the bond 1500", func(b *view.Bond, _ *Host) { b.Members[0].Link.MTU = 1400 }},
		{"misconfiguration: bond0 eth1: is half duplex", func(b *view.Bond, _ *Host) { b.Members[0].Link.Duplex = "half" }},
		{"warning: bond0 eth1: has had no partner in sync for a minute", func(b *view.Bond, _ *Host) { b.Members[0].Churn.Partner = "churned" }},
		{"warning: bond0 eth1: has not joined its LAG for a minute", func(b *view.Bond, _ *Host) { b.Members[0].Churn.Actor = "churned" }},
		{"warning: bond0 eth1: has lost its link 3 times since lacpd started", func(b *view.Bond, _ *Host) { b.Members[0].Counters.LinkFailures = 3 }},
		{"warning: bond0 eth1: has stopped hearing its partner 4 times since lacpd started", func(b *view.Bond, _ *Host) { b.Members[0].Counters.Timeouts = 4 }},
		{"warning: bond0 eth1: has received 2 malformed frames of the slow protocols", func(b *view.Bond, _ *Host) { b.Members[0].Counters.IllegalRx = 2 }},
		{"misconfiguration: bond0 eth1: is a port of br0 too", func(_ *view.Bond, h *Host) { h.Interfaces[1].Master = "br0" }},
		{"misconfiguration: bond0 eth1: is a port of br1 too", func(b *view.Bond, _ *Host) { b.Members[0].Link.Master = "br1" }},
		{"misconfiguration: bond0 eth1: was changed by another program: it was given IP addresses", func(b *view.Bond, _ *Host) { b.Members[0].Link.Faults = "it was given IP addresses" }},
		{"misconfiguration: bond0 eth2: is managed by NetworkManager", func(_ *view.Bond, h *Host) { h.Interfaces[2].Manager = "NetworkManager" }},
		{"misconfiguration: bond0 eth2: is managed by systemd-networkd", func(_ *view.Bond, h *Host) { h.Interfaces[2].Manager = "systemd-networkd" }},
		{"warning: bond0 eth2: has an XDP program, number 5, which takes its frames before the bond", func(_ *view.Bond, h *Host) { h.Interfaces[2].XDP = 5 }},
		{"warning: bond0 eth2: has a filter of another program: u32 filter at ingress", func(_ *view.Bond, h *Host) {
			h.Interfaces[2].Filters = []string{"u32 filter at ingress"}
		}},
		{"misconfiguration: bond0: gets no answer from 192.0.2.1 to packets of 1500 octets, but to small ones", func(_ *view.Bond, h *Host) {
			h.Echoes = []Echo{{"bond0", gateway, 1500, 1, 0}, {"bond0", gateway, 1500, 1, 1}, {"bond0", gateway, 1500, 0, 0}, {"bond9", gateway, 1500, 1, 0}}
		}},
		{"warning: bond0: gets 3 answers from 192.0.2.1 to one packet", func(_ *view.Bond, h *Host) {
			h.Echoes = []Echo{{"bond0", gateway, 1500, 1, 3}}
		}},
		{"misconfiguration: bond0 eth2: is heard by another program that speaks a slow protocol: teamd (process 9)", func(_ *view.Bond, h *Host) {
			h.Listeners = []Listener{{3, "teamd (process 9)"}, {77, "far (process 1)"}}
		}},
	} {
		s, h := healthyOf(base)
		tt.spoil(&s.Bonds[0], h)
		findings := Examine(s, h)
		if got := texts(findings); len(got) != 1 || got[0] != tt.want {
			t.Errorf("findings %q, want only %q", got, tt.want)
			continue
		}
		if info := strings.HasPrefix(tt.want, "info: "); Wrong(findings) == info {
			t.Errorf("%s: Wrong() = %v, want %v", tt.want, !info, info)
		}
		if findings[0].Advice == "" {
			t.Errorf("%s: no advice", tt.want)
		}
	}
}

func TestBondsThatDisturbEachOther(t *testing.T) {
	s, h := healthy(t)
	b := s.Bonds[0]
	b.Name = "bond1"
	b.Members = slices.Clone(b.Members)
	b.Members[0].Port, b.Members[1].Port = 8, 9
	s.Bonds = append(s.Bonds, b)
	want := "warning: bond1: leads to the same group of the same partner as bond0: "
	if got := texts(Examine(s, h)); len(got) != 1 || !strings.HasPrefix(got[0], want) {
		t.Errorf("findings %q, want only %q", got, want)
	}
	s.Bonds[1].Partner, s.Bonds[1].Members[0].Port = nil, 2
	want = "misconfiguration: bond1 eth1: has the same system identifier and port number 2 as eth2 of bond0"
	if got := texts(Examine(s, h)); len(got) != 1 || got[0] != want {
		t.Errorf("findings %q, want only %q", got, want)
	}
}

func TestTheWorstFindingsComeFirst(t *testing.T) {
	s := viewtest.Status(t)
	got := texts(Examine(s, new(Host)))
	if want := []string{"error: bond0 eth3: has no link", "error: bond1 eth3: has no link"}; len(got) < 8 || !slices.Equal(got[:2], want) {
		t.Fatalf("findings %q, want several, first %q", got, want)
	}
	last := 0
	for _, line := range got {
		severity, _, _ := strings.Cut(line, ":")
		at := slices.Index(severities, severity)
		if at < last {
			t.Errorf("%q comes after a less severe finding", line)
		}
		last = at
	}
	for _, want := range []string{"error: bond3: is down: eth1 has no partner, eth2 has no partner, eth3 has no link", "warning: bond3 eth1: has no partner",
		"warning: bond4 eth9: is missing: there is no such interface", "error: bond4: is not open: eth8: the interface has IP addresses"} {
		if !slices.Contains(got, want) {
			t.Errorf("findings %q lack %q", got, want)
		}
	}
}
