package bond

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// The kernel makes a change of a MTU or an address. Another program can hold its lock for
// seconds, so control plans the change, another goroutine waits for it, and control takes note
// of the result.

// change is a change of members' interfaces and the device.
type change struct {
	steps   []step
	members []*member // whose interfaces change
}

// step is one part of a change, and how to undo it.
type step struct {
	do, undo func() error // wait for the kernel
	took     func()       // records on control that do has succeeded; nil: there is nothing to record
	done     bool         // do has succeeded
}

// run executes steps until one fails, and then undoes those before it.
func run(steps []step) error {
	for i := range steps {
		if err := steps[i].do(); err != nil {
			return errors.Join(err, undo(steps[:i]))
		}
		steps[i].done = true
	}
	return nil
}

// undo undoes steps that were done, the last one first.
func undo(steps []step) (err error) {
	for _, s := range slices.Backward(steps) {
		err = errors.Join(err, s.undo())
	}
	return err
}

// runAll executes all steps, even if some fail.
func runAll(steps []step) (err error) {
	for i := range steps {
		e := steps[i].do()
		steps[i].done = e == nil
		err = errors.Join(err, e)
	}
	return err
}

// take records the steps that were done.
func (c *change) take() {
	for _, s := range c.steps {
		if s.done && s.took != nil {
			s.took()
		}
	}
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
	c.steps = append(c.steps, step{do: unlessClosed(do), undo: unlessClosed(undo), took: took})
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

// planSteps plans the changes that a configuration needs outside of this program.
func (b *Bond) planSteps(c *change, next *Config) {
	if next.MTU != b.cfg.MTU {
		b.planMTU(c, next.MTU)
	}
	b.planAddrs(c, next)
	if d := b.device; d != nil { // always, because the host's addresses are not known here
		before, after := b.cfg.Addresses, next.Addresses
		set := func() error { return d.SetAddresses(after) }
		if slices.Equal(before, after) {
			set = func() error { b.putBackAddresses(before); return nil }
		}
		c.steps = append(c.steps, step{do: set, undo: func() error { return d.SetAddresses(before) }})
	}
}

// planMTU plans a change of the MTU of the members and the device. The device's MTU is never
// larger than the members'.
func (b *Bond) planMTU(c *change, after int) {
	before := b.cfg.MTU
	for _, m := range b.members {
		c.setMTU(m, before, after)
	}
	if b.device == nil {
		return
	}
	own := step{func() error { return b.device.SetMTU(after) }, func() error { return b.device.SetMTU(before) },
		func() { b.dev.wantMTU = after }, false}
	if after > before {
		c.steps = append(c.steps, own)
	} else {
		c.steps = slices.Insert(c.steps, 0, own)
	}
}

// planAddrs plans a change of the bond's MAC address or of the policy about the members'.
func (b *Bond) planAddrs(c *change, next *Config) {
	active := b.activeMember()
	for _, m := range b.members {
		before, after := b.addr, next.HardwareAddr
		if b.cfg.MACPolicy == MACActive {
			before = m.addr
		}
		if next.MACPolicy == MACActive && m != active {
			after = nil
		}
		if !slices.Equal(before, after) {
			c.setAddr(m, before, after)
		}
	}
	if before, after := b.addr, next.HardwareAddr; b.device != nil && !slices.Equal(before, after) {
		c.steps = append(c.steps, step{func() error { return b.device.SetHardwareAddr(after) },
			func() error { return b.device.SetHardwareAddr(before) }, func() { b.dev.wantAddr = lacp.MAC(after) }, false})
	}
}

// notePolicy records which address each member has by the MAC policy in use.
func (b *Bond) notePolicy() {
	active := b.activeMember()
	for _, m := range b.members {
		if m.addr = nil; m == active && b.cfg.MACPolicy == MACActive {
			m.addr = b.addr
		}
	}
}
