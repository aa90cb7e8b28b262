package view_test

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view/viewtest"
	"github.com/lagkit/lagkit/lacp"
)

func TestCauseOfABond(t *testing.T) {
	s := viewtest.Status(t)
	for i, want := range []string{
		"up on 2 of 3 links: eth3 has no link",
		"up on 1 of 3 links, on eth2: eth1 is on standby, eth3 has no link",
		"up on 2 of 3 links: eth3 has no link",
		"down: eth1 has no partner, eth2 has no partner, eth3 has no link",
		"not open: eth8: the interface has IP addresses",
	} {
		if got := view.Cause(&s.Bonds[i]); got != want {
			t.Errorf("%s: cause %q, want %q", s.Bonds[i].Name, got, want)
		}
	}
	for want, change := range map[string]func(b *view.Bond){
		"down: admin_down is set":                     func(b *view.Bond) { b.Settings.AdminDown = true },
		"down: device bond0 is down, it was set down": func(b *view.Bond) { b.Device = view.Device{Name: "bond0", State: "down", Reason: "it was set down"} },
		"down: it has no links":                       func(b *view.Bond) { b.Members = nil },
		"down: protocol NONE carries no data":         func(b *view.Bond) { b.Mode = "NONE" },
		"up on 1 of 2 links: eth9 is missing":         func(b *view.Bond) { b.Members = b.Members[:1]; b.Missing = []view.Missing{{Name: "eth9"}} },
		"up on 2 of 3 links: eth3 is drained":         func(b *view.Bond) { b.Members[2].Hold, b.Members[2].Reason.Severity = "Drained", "ok" },
		"down: only 2 of the 3 links that min_links asks for can carry data: eth3 has no link": func(b *view.Bond) {
			b.Up, b.MinLinks = false, 3
			for i := range b.Members[:2] {
				b.Members[i].Hold, b.Members[i].CarriesData = "MinLinks", false
			}
		},
	} {
		b := s.Bonds[0]
		b.Members = slices.Clone(b.Members)
		change(&b)
		if got := view.Cause(&b); got != want {
			t.Errorf("cause %q, want %q", got, want)
		}
	}
}

// TestEveryReasonHasWords: a new reason needs its words too.
func TestEveryReasonHasWords(t *testing.T) {
	seen := make(map[string]lacp.ReasonCode)
	for code := lacp.ReasonCode(1); code != 0; code++ {
		if code.String() == "invalid" {
			continue
		}
		m := &view.Member{Reason: view.Reason{Code: code.String(), Number: int(code), Severity: code.Severity().String()}}
		got := view.InWords(m)
		if got == "is held: "+code.String() || got == "" {
			t.Errorf("reason %v has no words", code)
		}
		seen[got] = code
	}
	if len(seen) < 30 {
		t.Errorf("the reasons have only %d wordings, want one for nearly each", len(seen))
	}
}
