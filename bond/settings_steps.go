package bond

import (
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

// add adds a step that concerns a member.
func (c *change) add(m *member, s steps.Step) {
	c.steps = append(c.steps, s)
	c.members = append(c.members, m)
	m.changing++
}

// setMTU plans a change of a member's MTU.
func (c *change) setMTU(m *member, before, after int) {
	l, ok := m.link.(link.MTUSetter)
	if !ok || m.phase != phaseActive {
		return
	}
	if m.want.MTU != 0 {
		before = m.want.MTU
	}
	c.add(m, steps.MTU(l, before, after, func(mtu int) { m.want.MTU, m.state.MTU = mtu, mtu }))
}

// setAddr plans a change of a member's MAC address; nil is its own.
func (c *change) setAddr(m *member, before, after net.HardwareAddr) {
	if l, ok := m.link.(link.AddressSetter); ok && m.phase == phaseActive {
		c.add(m, steps.Addr(l, before, after, func(now net.HardwareAddr) { m.want.Addr, m.state.Addr = lacp.MAC(now), lacp.MAC(now) }))
	}
}
