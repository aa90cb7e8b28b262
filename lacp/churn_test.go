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
