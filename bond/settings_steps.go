package bond

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/steps"
	"github.com/lagkit/lagkit/lacp"
)

// The kernel makes a change of a MTU or an address. Another program can hold its lock for
// seconds, so control plans the change, another goroutine waits for it, and control takes note
// of the result.

// change is a change of members' interfaces and the device.
type change struct {
	steps   []steps.Step
	members []*member // whose interfaces change
}

// endChange lets control look at the members' interfaces again.
func (b *Bond) endChange(now time.Time, c *change) {
	for _, m := range c.members {
		m.changing--
		if m.phase == phaseActive {
			b.assess(now, m)
			b.noteMTU(now, m)
		}
	}
}

// add adds a step that concerns a member. A member whose link was closed meanwhile is leaving,
// and needs no change.
func (c *change) add(m *member, do, undo func() error, took func()) {
	unlessClosed := func(f func() error) func() error {
		return func() error {
			if err := f(); !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		}
	}
	c.steps = append(c.steps, steps.Step{Do: unlessClosed(do), Undo: unlessClosed(undo), Took: took})
	c.members = append(c.members, m)
	m.changing++
}

// setMTU plans a change of a member's MTU.
func (c *change) setMTU(m *member, before, after int) {
	l, ok := m.link.(link.MTUSetter)
	if !ok || m.phase != phaseActive {
		return
	}
	if m.wantMTU != 0 {
		before = m.wantMTU
	}
	c.add(m, func() error { return l.SetMTU(after) }, func() error { return l.SetMTU(before) },
		func() { m.wantMTU, m.state.MTU = after, after })
}

// setAddr plans a change of a member's MAC address; nil is its own.
func (c *change) setAddr(m *member, before, after net.HardwareAddr) {
	l, ok := m.link.(link.AddressSetter)
	if !ok || m.phase != phaseActive {
		return
	}
	now := after
	c.add(m, func() error {
		err := l.SetHardwareAddr(after)
		if after == nil && err == nil {
			_, now, err = l.InterfaceAddr()
		}
		return err
	}, func() error { return l.SetHardwareAddr(before) },
		func() { m.wantAddr, m.state.Addr = lacp.MAC(now), lacp.MAC(now) })
}
