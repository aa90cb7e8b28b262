package lacp

import (
	"slices"
	"strconv"
	"time"
)

// Gate is the level of a named gate: how far the gate lets a port get.
type Gate uint8

// The levels of a gate. If a port has several gates, the most restrictive one counts.
const (
	// GateOpen means no gate.
	GateOpen Gate = iota
	// GateDistributing holds the port out of Distributing: the port is attached and
	// collects, and the partner may send, but the port sends no data. With coupled
	// control it acts like GateSynchronization, as collecting can't go on alone.
	GateDistributing
	// GateSynchronization holds the port out of Synchronization: the port is a standby
	// link, and the partner does not use it either.
	GateSynchronization
)

var gateNames = [...]string{"open", "distributing", "synchronization"}

// String returns "open", "distributing" or "synchronization".
func (g Gate) String() string { return name(gateNames[:], int(g)) }

// MaxGates is how many gates a port can have at once.
const MaxGates = 16

// GateState is what a gate does: see [System.SetGateState]. The zero value removes the gate.
type GateState struct {
	Level Gate

	// Until makes the gate close by itself: it is open before Until and at Level from then
	// on, however late the next input comes. Config.StallTolerance does not extend it. Zero
	// means that the gate is at Level at once.
	Until time.Time

	// Reason is what a port reports while the gate holds it, with Have and Want as its
	// values. Zero means ReasonGateHold with the name of the gate.
	Reason     ReasonCode
	Have, Want string
}

// gate is a gate of a port other than an open one that stays open.
type gate struct {
	name       string
	level      Gate
	since      instant // when it got to its level
	until      instant // it is open until then; never: it is at its level
	code       ReasonCode
	have, want string
}

// open reports whether the gate does not hold the port yet.
func (g *gate) open() bool { return g.until != never }

// finding returns what a port reports that the gate holds.
func (g *gate) finding() (ReasonCode, instant) { return g.code, g.since }

// gates are the gates of one port, in the order they were set.
type gates []gate

// find returns the index of the named gate; -1 without it.
func (g gates) find(name string) int {
	return slices.IndexFunc(g, func(have gate) bool { return have.name == name })
}

// check returns a FieldError if set would be invalid.
func (g gates) check(name string, st *GateState) error {
	switch {
	case name == "":
		return &FieldError{"name", "empty", "a name"}
	case st.Level > GateSynchronization:
		return &FieldError{"level", strconv.Itoa(int(st.Level)), "open, distributing or synchronization"}
	case st.Level != GateOpen && len(g) == MaxGates && g.find(name) < 0:
		return &FieldError{"name", name, "at most " + strconv.Itoa(MaxGates) + " gates on a port"}
	}
	return nil
}

// set sets a gate, or removes it if its level is GateOpen, and reports whether that may change
// what the gates hold.
func (g *gates) set(next gate) bool {
	i := g.find(next.name)
	switch {
	case i < 0 && next.level == GateOpen:
		return false
	case next.level == GateOpen:
		*g = slices.Delete(*g, i, i+1)
		return true
	case i < 0:
		*g = append(*g, next)
		return !next.open()
	}
	old := (*g)[i]
	same := old.level == next.level && old.open() == next.open()
	if same && old.code == next.code {
		next.since = old.since
	}
	(*g)[i] = next
	return !same
}

// close closes the gates that are open until now, and reports whether there are any.
func (g gates) close(now instant) (closed bool) {
	for i := range g {
		if q := &g[i]; q.until <= now {
			q.since, q.until = q.until, never
			closed = true
		}
	}
	return closed
}

// nextClosing returns when the next gate closes by itself; never if none does.
func (g gates) nextClosing() instant {
	at := never
	for i := range g {
		at = min(at, g[i].until)
	}
	return at
}

// lowest returns the most restrictive gate that is not open, the oldest one if several are
// equal; nil without such a gate.
func (g gates) lowest() *gate {
	var lowest *gate
	for i := range g {
		if q := &g[i]; !q.open() && (lowest == nil || q.level > lowest.level) {
			lowest = q
		}
	}
	return lowest
}
