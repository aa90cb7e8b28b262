package bond

import (
	"slices"

	"github.com/lagkit/lagkit/internal/hostside"
	"github.com/lagkit/lagkit/internal/steps"
	"github.com/lagkit/lagkit/lacp"
)

// planSteps plans the changes that a configuration needs outside of this program.
func (b *Bond) planSteps(c *change, next *Config) {
	if next.MTU != b.cfg.MTU {
		b.planMTU(c, next.MTU)
	}
	b.planAddrs(c, next)
	if b.device != nil { // always, because the host's addresses and routes are not known here
		before, after := hostside.Of(&b.cfg), hostside.Of(next)
		c.steps = append(c.steps, steps.Step{
			Do:   func() error { return hostside.Change(b.device, before, after, b.notPutBack) },
			Undo: func() error { return hostside.Change(b.device, after, before, b.notPutBack) },
		})
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
	own := steps.Step{
		Do:   func() error { return b.device.SetMTU(after) },
		Undo: func() error { return b.device.SetMTU(before) },
		Took: func() { b.dev.want.MTU = after },
	}
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
		c.steps = append(c.steps, steps.Step{
			Do:   func() error { return b.device.SetHardwareAddr(after) },
			Undo: func() error { return b.device.SetHardwareAddr(before) },
			Took: func() { b.dev.want.Addr = lacp.MAC(after) },
		})
	}
}
