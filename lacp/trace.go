package lacp

import (
	"strconv"
	"time"
)

// Transition is one step of one machine. From and To are the standard's names of the
// states. Why is the guard that was true, worded as in its figure. Re-entries, such as
// CURRENT to CURRENT with each LACPDU, are not transitions.
type Transition struct {
	At       time.Time
	Port     PortNumber
	Machine  Machine
	From, To string
	Why      string
}

// String returns the transition without its time:
// "port 1 mux WAITING → ATTACHED: Selected = SELECTED AND Ready = TRUE".
func (t Transition) String() string {
	return "port " + strconv.Itoa(int(t.Port)) + " " + t.Machine.String() + " " + t.From + " → " + t.To + ": " + t.Why
}

// trace reports a transition. It makes the names only if Config.Trace is set.
func trace[S interface {
	~uint8
	String() string
}](s *System, p *port, m Machine, from, to S, why cause) {
	if from == to {
		return
	}
	s.record(p, m, uint8(from), uint8(to), why)
	if s.cfg.Trace != nil {
		s.cfg.Trace(Transition{At: s.time(s.now), Port: p.cfg.Number, Machine: m, From: from.String(), To: to.String(), Why: why.String()})
	}
}
