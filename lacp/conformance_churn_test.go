package lacp

import (
	"testing"
	"time"
)

// The Churn machines (6.4.17).
func TestChurnConformance(t *testing.T) {
	churns := func(t *testing.T, d *dut, actor, partner ChurnState, n, m uint64) {
		t.Helper()
		st := d.port(1)
		if st.ActorChurn != actor || st.PartnerChurn != partner || st.Counters.ActorChurns != n || st.Counters.PartnerChurns != m {
			t.Errorf("%v: %v, %v, counted %d and %d; want %v, %v, %d, %d", d.now.Sub(start), st.ActorChurn, st.PartnerChurn,
				st.Counters.ActorChurns, st.Counters.PartnerChurns, actor, partner, n, m)
		}
	}
	t.Run("CHN-01, CHN-03 and E32 the partner is never in sync, and then it is", func(t *testing.T) {
		d := attached(t, PortConfig{})
		for range 5 {
			d.pass(10 * time.Second)
			d.hear(1, says(0x05))
		}
		d.pass(8*time.Second - time.Millisecond)
		churns(t, d, ChurnNone, ChurnMonitor, 0, 0)
		d.pass(time.Millisecond)
		churns(t, d, ChurnNone, Churn, 0, 1)
		d.hear(1, says(0x05))
		d.pass(time.Minute)
		churns(t, d, ChurnNone, Churn, 0, 1)
		d.hear(1)
		churns(t, d, ChurnNone, ChurnNone, 0, 1)
	})
	t.Run("CHN-01 we are never in sync", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{})
		d.up(1)
		d.pass(time.Minute - time.Millisecond)
		if st := d.port(1); st.ActorChurn != ChurnMonitor {
			t.Errorf("state %v before a minute", st.ActorChurn)
		}
		d.pass(time.Millisecond)
		if st := d.port(1); st.ActorChurn != Churn || st.Counters.ActorChurns != 1 {
			t.Errorf("state %v, counted %d", st.ActorChurn, st.Counters.ActorChurns)
		}
	})
	t.Run("CHN-02 in sync before the minute is over", func(t *testing.T) {
		d := attached(t, PortConfig{})
		d.pass(57 * time.Second)
		d.hear(1)
		d.pass(time.Minute)
		churns(t, d, ChurnNone, ChurnNone, 0, 0)
	})
	t.Run("CHN-04 lost and found again", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, says(0x05))
		churns(t, d, ChurnNone, ChurnMonitor, 0, 0)
		d.pass(59 * time.Second)
		d.hear(1)
		churns(t, d, ChurnNone, ChurnNone, 0, 0)
		d.hear(1, says(0x05))
		d.pass(59 * time.Second) // its own minute
		churns(t, d, ChurnNone, ChurnMonitor, 0, 0)
	})
	t.Run("CHN-05 a bounce", func(t *testing.T) {
		d := attached(t, PortConfig{})
		d.pass(57 * time.Second)
		d.down(1)
		churns(t, d, ChurnMonitor, ChurnMonitor, 0, 0)
		d.pass(time.Hour)
		churns(t, d, ChurnMonitor, ChurnMonitor, 0, 0)
		d.up(1)
		d.hear(1, says(0x05))
		d.pass(59 * time.Second)
		churns(t, d, ChurnNone, ChurnMonitor, 0, 0)
		d.hear(1, says(0x05))
		d.pass(time.Second)
		churns(t, d, ChurnNone, Churn, 0, 1)
	})
}
