package view

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// History is the last transitions of the LACP machines of a member.
type History struct {
	Bond        string       `json:"bond"`
	Member      string       `json:"member"`
	Mode        string       `json:"mode"`
	Transitions []Transition `json:"transitions"` // oldest first
}

// Transition is one step of one machine.
type Transition struct {
	At      time.Time `json:"at"`
	Machine string    `json:"machine"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Why     string    `json:"why"` // the guard that was true, as in the standard's figure
}

// OfHistory returns the view of transitions.
func OfHistory(h []lacp.Transition) []Transition {
	out := make([]Transition, len(h))
	for i, t := range h {
		out[i] = Transition{At: t.At, Machine: t.Machine.String(), From: t.From, To: t.To, Why: t.Why}
	}
	return out
}
