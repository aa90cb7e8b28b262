package chassis_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// sharedBed returns a bed whose chassis carry the LAG at the same time.
func sharedBed(t *testing.T, c bond.LACPConfig, change func(*bond.Config)) *bed {
	b := newBedOf(t, func(own *bond.Config) {
		own.NeedsPermission, own.LACP = false, c
		if change != nil {
			change(own)
		}
	})
	for _, id := range []chassis.ID{"A", "B"} {
		b.join(id, chassis.LAG{AllActive: true, Settings: map[string]string{"mtu": "1500"}})
	}
	return b
}

// used returns how many links to each chassis the partner uses, after some time.
func (b *bed) used(after time.Duration) map[byte]int {
	time.Sleep(after)
	synctest.Wait()
	n := map[byte]int{}
	for _, m := range b.partner.Status().Members {
		if m.Carries {
			n[m.Name[3]]++
		}
	}
	return n
}

// All chassis carry the LAG, and the partner sees one.
func TestAllChassisCarryTheLAG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sharedBed(t, bond.LACPConfig{}, nil)
		defer b.close()
		if n := b.used(5 * time.Second); n['A'] != 2 || n['B'] != 2 {
			t.Fatalf("the partner uses %v links, want two to each", n)
		}
		st := b.status("A")
		if len(st.Differences) != 0 || len(st.Peers) != 1 || st.Peers[0].Report == nil || st.Peers[0].Report.Usable() != 2 {
			t.Errorf("status of A %+v, want the report of B with two links, and no difference", st)
		}
		a := b.boxes["A"]
		for what, err := range map[string]error{"SetReady": a.SetReady(lag, true), "HandOver": a.HandOver(t.Context(), lag, "")} {
			if !errors.Is(err, chassis.ErrNoLAG) {
				t.Errorf("%s: %v, want ErrNoLAG", what, err)
			}
		}
		var refused *lacp.FieldError
		if err := a.Change(lag, chassis.LAG{}); !errors.As(err, &refused) || refused.Field != "AllActive" {
			t.Errorf("Change to one chassis at a time: %v, want a FieldError of AllActive", err)
		}
		events := b.watch("B")
		if err := a.Change(lag, chassis.LAG{AllActive: true, Settings: map[string]string{"mtu": "9000"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		want(t, "B", events.stop(), "Difference true mtu")
		if n := b.used(0); n['A'] != 2 || n['B'] != 2 {
			t.Errorf("settings differ: the partner uses %v links, want two to each", n)
		}
	})
}

// A limit of links counts those of all chassis.
func TestLimitOfAllChassis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sharedBed(t, bond.LACPConfig{MaxLinks: 3}, nil)
		defer b.close()
		if n := b.used(10 * time.Second); n['A'] != 2 || n['B'] != 1 {
			t.Errorf("of a limit of 3 the partner uses %v links, want 2 to A, whose numbers are lower, and 1 to B", n)
		}
		if r := b.boxes["B"].bond.Status().Members[1].Reason; r.Code != lacp.ReasonStandby {
			t.Errorf("the last link of B: reason %v, want Standby", r)
		}
		b.boxes["A"].cables[0].SetUp(false)
		if n := b.used(10 * time.Second); n['A'] != 1 || n['B'] != 2 {
			t.Errorf("a link of A has failed: the partner uses %v links, want 1 to A and 2 to B", n)
		}
	})
}

// MinLinks counts the links of all chassis.
func TestMinLinksOfAllChassis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sharedBed(t, bond.LACPConfig{}, func(c *bond.Config) { c.MinLinks = 3 })
		defer b.close()
		b.used(10 * time.Second)
		up := func() (n int) {
			for _, box := range b.boxes {
				if box.bond.Status().Up {
					n++
				}
			}
			return n
		}
		if n := up(); n != 2 {
			t.Errorf("4 links of at least 3: %d chassis carry data, want 2", n)
		}
		for _, c := range b.boxes["A"].cables {
			c.SetUp(false)
		}
		b.used(10 * time.Second)
		if n := up(); n != 0 {
			t.Errorf("2 links of at least 3: %d chassis carry data, want none", n)
		}
	})
}

// Of all chassis, one link carries data for a partner without LACP.
func TestFallbackOfAllChassis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBedTo(t, bond.ModeLoadBalance, func(c *bond.Config) {
			c.NeedsPermission = false
			c.LACP = bond.LACPConfig{Fallback: lacp.FallbackOne, FallbackTimeout: time.Second}
		})
		defer b.close()
		for _, id := range []chassis.ID{"A", "B"} {
			b.join(id, chassis.LAG{AllActive: true})
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		var carry []string
		for _, id := range []chassis.ID{"A", "B"} {
			for _, m := range b.boxes[id].bond.Status().Members {
				if m.Carries {
					carry = append(carry, m.Name)
				}
			}
		}
		if len(carry) != 1 || carry[0] != "A0" {
			t.Errorf("links %v carry data, want the first of A", carry)
		}
	})
}

// If one chassis carries the LAG, its fallback does too, and only its.
func TestFallbackFollowsTheRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBedTo(t, bond.ModeLoadBalance, func(c *bond.Config) {
			c.LACP = bond.LACPConfig{Fallback: lacp.FallbackOne, FallbackTimeout: time.Second}
		})
		defer b.close()
		score := func(bond.Status) int { return 2 } // without a partner
		b.join("A", chassis.LAG{Score: score})
		time.Sleep(5 * time.Second)
		b.join("B", chassis.LAG{Score: score})
		carries := func() string {
			time.Sleep(10 * time.Second)
			synctest.Wait()
			var carry string
			for _, id := range []chassis.ID{"A", "B"} {
				for _, m := range b.boxes[id].bond.Status().Members {
					if m.Carries {
						carry += m.Name + " "
					}
				}
			}
			return carry
		}
		if got := carries(); got != "A0 " {
			t.Errorf("A is active: links %q carry data, want A0", got)
		}
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
			t.Fatal(err)
		}
		if got := carries(); got != "B0 " {
			t.Errorf("B is active: links %q carry data, want B0", got)
		}
	})
}
