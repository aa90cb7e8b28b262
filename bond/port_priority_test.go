package bond_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// The partner on the member with the lowest port priority value is in use, at the start and
// when priorities change. The partner receives the priorities.
func TestPortPriorityChoosesTheLAGBOX33(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := decides
		cfg.LACP.Policy = lacp.PolicyPortPriority
		own := map[string]uint16{"mb0": 100}
		cfg.PortPriority = own
		s := newStar(t, cfg, bond.Config{Rate: bond.RateFast}, 2, 1, 1)
		defer s.close(t)
		own["ma0"] = 1 // the bond has its own copy of the map
		pass(5 * time.Second)
		uses(t, "mb0 has 100", s.middle, "mb0")
		set := func(change func(*bond.Config)) {
			t.Helper()
			if err := s.middle.Set(change); err != nil {
				t.Fatal(err)
			}
			pass(5 * time.Second)
		}
		set(func(c *bond.Config) { c.PortPriority["mc0"] = 99 })
		uses(t, "mc0 has 99", s.middle, "mc0")
		set(func(c *bond.Config) { c.PortPriority["mc0"] = 101 })
		uses(t, "mc0 has 101", s.middle, "mb0")
		set(func(c *bond.Config) { c.PortPriority = map[string]uint16{"ma1": 1, "mb0": 0} })
		uses(t, "ma1 has 1", s.middle, "ma0", "ma1")
		for i, want := range []uint16{0x8000, 1, 0x8000, 0x8000} {
			m := s.middle.Status().Members[i]
			if got := m.LACP.Actor.Port.Priority; got != want {
				t.Errorf("%s has priority %d, want %d", m.Name, got, want)
			}
		}
		if got := s.others[0].Status().Members[1].LACP.Partner.Port.Priority; got != 1 {
			t.Errorf("the partner received priority %d of ma1, want 1", got)
		}
	})
}

// With a limit of links, the System that decides uses the links with the lowest priority
// values.
func TestPortPriorityChoosesTheLinkBOX33(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := decides
		cfg.LACP.MaxLinks = 1
		cfg.PortPriority = map[string]uint16{"a1": 7}
		p := newPair(t, 3, cfg, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		pass(5 * time.Second)
		uses(t, "a1 has 7", p.a, "a1")
		uses(t, "a1 has 7", p.b, "b1")
		if err := p.a.Set(func(c *bond.Config) { c.PortPriority["a2"] = 6 }); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		uses(t, "a2 has 6", p.a, "a2")
		uses(t, "a2 has 6", p.b, "b2")
		if err := p.a.RemoveMember("a2"); err != nil {
			t.Fatal(err)
		}
		// A member that has left may keep its setting, because it may come back.
		if err := p.a.Set(func(c *bond.Config) { c.MTU = 1492 }); err != nil {
			t.Errorf("Set() of the MTU with a2 gone = %v, want nil", err)
		}
	})
}

func TestPortPriorityOfNoMemberBOX33(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{}, bond.Config{})
		defer p.close(t)
		err := p.a.Set(func(c *bond.Config) { c.PortPriority = map[string]uint16{"a0": 1, "none": 2} })
		var ce *bond.ConfigError
		if !errors.As(err, &ce) || ce.Field != "PortPriority" || ce.Value != "none" {
			t.Errorf("Set: %v, want a ConfigError of PortPriority none", err)
		}
		if got := p.a.Status().Members[0].LACP.Config.Priority; got != 0x8000 {
			t.Errorf("after the refusal a0 has priority %d, want %d", got, 0x8000)
		}
		c := p.cables[0].A.Reopen()
		defer c.Close()
		if _, err := bond.New(bond.Config{PortPriority: map[string]uint16{"x": 2}}, c); !errors.As(err, &ce) || ce.Field != "PortPriority" {
			t.Errorf("New: %v, want a ConfigError of PortPriority", err)
		}
	})
}
