package lacp

import (
	"slices"
	"strconv"
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

// gate is a gate of a port other than GateOpen.
type gate struct {
	name  string
	level Gate
	since instant
}

// gates are the gates of one port, in the order they were set.
type gates []gate

// find returns the index of the named gate; -1 without it.
func (g gates) find(name string) int {
	return slices.IndexFunc(g, func(have gate) bool { return have.name == name })
}

// check returns a FieldError if set would be invalid.
func (g gates) check(name string, level Gate) error {
	switch {
	case name == "":
		return &FieldError{"name", "empty", "a name"}
	case level > GateSynchronization:
		return &FieldError{"level", strconv.Itoa(int(level)), "open, distributing or synchronization"}
	case level != GateOpen && len(g) == MaxGates && g.find(name) < 0:
		return &FieldError{"name", name, "at most " + strconv.Itoa(MaxGates) + " gates on a port"}
	}
	return nil
}

// set sets the named gate, or removes it with GateOpen, and reports whether that is a
// change.
func (g *gates) set(name string, level Gate, now instant) bool {
	i := g.find(name)
	switch {
	case i < 0 && level == GateOpen:
		return false
	case level == GateOpen:
		*g = slices.Delete(*g, i, i+1)
	case i < 0:
		*g = append(*g, gate{name, level, now})
	case (*g)[i].level == level:
		return false
	default:
		(*g)[i] = gate{name, level, now}
	}
	return true
}

// lowest returns the most restrictive gate, the oldest one if several are equal; nil
// without a gate.
func (g gates) lowest() *gate {
	var lowest *gate
	for i := range g {
		if q := &g[i]; lowest == nil || q.level > lowest.level {
			lowest = q
		}
	}
	return lowest
}
