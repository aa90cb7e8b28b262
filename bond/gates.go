package bond

import (
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// gates are the named gates of members, by member and gate. A member that is gone keeps its
// gates for when it comes back.
type gates map[string]map[string]lacp.Gate

// SetGate holds a member out of the bond, up to the given level, on behalf of another program,
// such as one that watches the link with BFD or authenticates it with MACsec, until the gate
// is opened again. Gates with different names are independent; a member gets only as far as
// its lowest gate allows. In a mode without a protocol, a member with a gate that is not open
// carries no data. A gate stays when its member leaves and applies again when the member comes
// back. A gate that is set before the member is added holds the member from the start.
//
// The error is a [*ConfigError] or [net.ErrClosed].
func (b *Bond) SetGate(name, gate string, level lacp.Gate) error {
	switch {
	case name == "":
		return &ConfigError{"member", "", "the name of a present or future member"}
	case gate == "" || gate == mode.PathGate || gate == mode.ApartGate:
		return &ConfigError{"gate", gate, "a name that the bond does not use itself"}
	case level > lacp.GateSynchronization:
		return &ConfigError{"level", strconv.Itoa(int(level)), "open, distributing or synchronization"}
	}
	name = b.canonical(name)
	err := net.ErrClosed
	b.do(func() { err = b.setGate(time.Now(), name, gate, level) })
	return err
}

// maxGates is how many gates a member can have besides the bond's own. maxGated is how many
// members can have gates, including members that are yet to come.
const (
	maxGates = mode.MaxGates
	maxGated = 2 * maxLinks
)

func (b *Bond) setGate(now time.Time, name, gate string, level lacp.Gate) error {
	if b.left {
		return net.ErrClosed
	}
	m, err := b.find(name)
	present := err == nil // otherwise the gate applies once the member is added
	if present {
		name = m.link.Name()
	}
	if err := b.gates.set(name, gate, level); err != nil {
		return err
	}
	if present {
		b.configure(now)
	}
	return nil
}

// set changes one gate of a member, within the limits.
func (g gates) set(name, gate string, level lacp.Gate) error {
	of := g[name]
	if level == lacp.GateOpen {
		if delete(of, gate); len(of) == 0 {
			delete(g, name)
		}
		return nil
	}
	if _, known := of[gate]; !known && len(of) >= maxGates {
		return &ConfigError{"gate", gate, "at most " + strconv.Itoa(maxGates) + " gates of a member"}
	}
	if of == nil {
		if len(g) >= maxGated {
			return &ConfigError{"member", name, "gates of at most " + strconv.Itoa(maxGated) + " members"}
		}
		of = make(map[string]lacp.Gate)
		g[name] = of
	}
	of[gate] = level
	return nil
}

// gated reports whether a gate holds a member out in a mode without a protocol.
func (b *Bond) gated(m *member) bool {
	return b.cfg.Mode != ModeLACP && len(b.gates[m.link.Name()]) > 0
}
