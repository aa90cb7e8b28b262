package bond

import (
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

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
		return allowed.Refuse("member", "", "the name of a present or future member")
	case gate == "" || gate == mode.PathGate || gate == mode.ApartGate || gate == mode.PermissionGate:
		return allowed.Refuse("gate", gate, "a name that the bond does not use itself")
	case level > lacp.GateSynchronization:
		return allowed.Refuse("level", strconv.Itoa(int(level)), "open, distributing or synchronization")
	}
	name = b.canonical(name)
	err := net.ErrClosed
	b.do(func() { err = b.setGate(time.Now(), name, gate, level) })
	return err
}

func (b *Bond) setGate(now time.Time, name, gate string, level lacp.Gate) error {
	if b.left {
		return net.ErrClosed
	}
	m, err := b.find(name)
	present := err == nil // otherwise the gate applies once the member is added
	if present {
		name = m.link.Name()
	}
	if err := b.gates.Set(name, gate, level, maxGated); err != nil {
		return allowed.Refusal(err, "")
	}
	if present {
		b.configure(now)
	}
	return nil
}

// maxGated is how many members can have gates, including members that are yet to come.
const maxGated = 2 * maxLinks
