package bond_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// A change to FAST does not lose a partner that keeps its periodic timer of 30 s, whenever in
// its period the change comes. The bond sends the new rate to the partner at once.
func TestFasterRateKeepsThePartnerBOX24(t *testing.T) {
	for _, after := range []time.Duration{35 * time.Second, 45 * time.Second, 59 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			b, _, peers := newOVSPair(t, bond.Config{}, 0, 2)
			pass(after)
			uses(t, "at first", b, "m0", "m1")
			before := b.Status().Members
			if err := b.Set(func(c *bond.Config) { c.Rate = bond.RateFast }); err != nil {
				t.Fatal(err)
			}
			pass(time.Millisecond)
			for i, p := range peers {
				if p.lastRate() != lacp.StateTimeout {
					t.Errorf("after %v: 1 ms after the change port %d of the peer has not received FAST, want it at once", after, i)
				}
			}
			pass(2 * time.Minute)
			uses(t, "two minutes later", b, "m0", "m1")
			for i, m := range b.Status().Members {
				c := m.LACP.Counters
				if c.Expired != before[i].LACP.Counters.Expired || !m.Reason.Since.Equal(before[i].Reason.Since) {
					t.Errorf("after %v: %s: %v since %v, Expired %d times; want since %v, %d times", after, m.Name, m.Reason, m.Reason.Since,
						c.Expired, before[i].Reason.Since, before[i].LACP.Counters.Expired)
				}
			}
		})
	}
}
