package lacp

import (
	"testing"
	"time"
)

// Every state of a Churn machine with every combination of the values its guards read:
// CHN-01 to CHN-05.
func TestChurnTransitions(t *testing.T) {
	const now = instant(1000)
	type inputs struct{ enabled, sync, expired bool }
	tests := []struct {
		id   string
		from ChurnState
		inputs
		to  ChurnState
		why string
	}{
		{"CHN-02", ChurnMonitor, inputs{true, true, false}, ChurnNone, "Synchronization = TRUE"},
		{"CHN-02", ChurnMonitor, inputs{true, true, true}, ChurnNone, "Synchronization = TRUE"},
		{"CHN-01", ChurnMonitor, inputs{true, false, true}, Churn, "churn_timer expired"},
		{"CHN-01", ChurnMonitor, inputs{true, false, false}, ChurnMonitor, ""},
		{"CHN-05", ChurnMonitor, inputs{false, true, false}, ChurnMonitor, ""},
		{"CHN-05", ChurnMonitor, inputs{false, false, false}, ChurnMonitor, ""},
		{"CHN-04", ChurnNone, inputs{true, false, false}, ChurnMonitor, "Synchronization = FALSE"},
		{"CHN-04", ChurnNone, inputs{true, true, false}, ChurnNone, ""},
		{"CHN-05", ChurnNone, inputs{false, true, false}, ChurnMonitor, "port_enabled = FALSE"},
		{"CHN-05", ChurnNone, inputs{false, false, false}, ChurnMonitor, "port_enabled = FALSE"},
		{"CHN-03", Churn, inputs{true, true, false}, ChurnNone, "Synchronization = TRUE"},
		{"CHN-03", Churn, inputs{true, false, true}, Churn, ""},
		{"CHN-05", Churn, inputs{false, true, false}, ChurnMonitor, "port_enabled = FALSE"},
		{"CHN-05", Churn, inputs{false, false, false}, ChurnMonitor, "port_enabled = FALSE"},
		{"CHN-05", 0, inputs{true, false, false}, ChurnMonitor, "BEGIN"},
	}
	for _, test := range tests {
		t.Run(test.id+" "+test.from.String(), func(t *testing.T) {
			expires := timer(now + 1)
			if test.expired {
				expires = timer(now)
			}
			to, why := nextChurn(test.from, test.enabled, test.sync, expires, now)
			for _, m := range []Machine{MachineActorChurn, MachinePartnerChurn} {
				noteGuard(Transition{Machine: m, From: test.from.String(), Why: why.String()})
			}
			if to != test.to || why.String() != test.why {
				t.Errorf("with %+v goes to %v by %q, want %v by %q", test.inputs, to, why, test.to, test.why)
			}
		})
	}
}

// The timer runs only in MONITOR, and only while the port is up.
func TestChurnTimer(t *testing.T) {
	s, p := testPort(t)
	step := func(want ChurnState, wantTimer timer, churns uint64) {
		t.Helper()
		s.stepActorChurn(p)
		if p.actorChurn != want || p.actorChurnTimer != wantTimer || p.counters.ActorChurns != churns {
			t.Errorf("state %v, timer %v, count %d; want %v, %v, %d", p.actorChurn, p.actorChurnTimer, p.counters.ActorChurns, want, wantTimer, churns)
		}
	}
	minute := instant(time.Minute)
	step(ChurnMonitor, timer(never), 0)
	p.portEnabled = true
	step(ChurnMonitor, timer(minute), 0)
	s.now = minute
	step(Churn, timer(never), 1)
	p.setActorState(StateSynchronization, true)
	step(ChurnNone, timer(never), 1)
	p.setActorState(StateSynchronization, false)
	step(ChurnMonitor, timer(2*minute), 1)
	p.portEnabled = false
	step(ChurnMonitor, timer(never), 1)
}

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
