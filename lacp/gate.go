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

// gate is a gate of a port other than GateOpen.
type gate struct {
	name  string
	level Gate
	since instant
}

// SetGate sets a named gate of a port. A function outside LACP (BFD, MACsec, a probe)
// uses a gate to hold the port out. [GateOpen] removes the gate. Set a gate before
// the link comes up, as the link does not wait for it. The error is [ErrNoPort] or a
// [*FieldError].
func (s *System) SetGate(now time.Time, n PortNumber, name string, level Gate) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	i := slices.IndexFunc(p.gates, func(g gate) bool { return g.name == name })
	switch {
	case name == "":
		return &FieldError{"name", "empty", "a name"}
	case level > GateSynchronization:
		return &FieldError{"level", strconv.Itoa(int(level)), "open, distributing or synchronization"}
	case i < 0 && level != GateOpen && len(p.gates) == MaxGates:
		return &FieldError{"name", name, "at most " + strconv.Itoa(MaxGates) + " gates on a port"}
	}
	s.setNow(now)
	switch {
	case i < 0 && level == GateOpen:
		return nil
	case level == GateOpen:
		p.gates = slices.Delete(p.gates, i, i+1)
	case i < 0:
		p.gates = append(p.gates, gate{name, level, s.now})
	case p.gates[i].level == level:
		return nil
	default:
		p.gates[i] = gate{name, level, s.now}
	}
	p.aggregator.rerank()
	s.touch(p)
	s.settle()
	return nil
}

// lowestGate returns the most restrictive gate, the oldest one if several are equal;
// nil without a gate.
func (p *port) lowestGate() *gate {
	var lowest *gate
	for i := range p.gates {
		if g := &p.gates[i]; lowest == nil || g.level > lowest.level {
			lowest = g
		}
	}
	return lowest
}

// held reports whether the port must stay out of Distributing.
func (p *port) held() bool { return len(p.gates) > 0 || p.drain != DrainNone }
