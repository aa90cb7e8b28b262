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
