package bond

import (
	"errors"
	"net"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
)

// step is one part of a change that can fail, and how to undo it.
type step struct{ do, undo func() error }

// run executes steps until one fails, and then undoes those before it.
func run(steps []step) error {
	for i, s := range steps {
		if err := s.do(); err != nil {
			for _, u := range slices.Backward(steps[:i]) {
				err = errors.Join(err, u.undo())
			}
			return err
		}
	}
	return nil
}

// steps returns the changes that a configuration needs outside of this program.
func (b *Bond) steps(next *Config) (steps []step) {
	if next.MTU != b.cfg.MTU {
		steps = b.mtuSteps(b.cfg.MTU, next.MTU)
	}
	if !slices.Equal(next.HardwareAddr, b.addr) {
		steps = append(steps, b.addrSteps(b.addr, next.HardwareAddr)...)
	}
	if d := b.device; d != nil { // always, because the host's addresses are not known here
		before, after := b.cfg.Addresses, next.Addresses
		set := func() error { return d.SetAddresses(after) }
		if slices.Equal(before, after) {
			set = func() error { b.putBackAddresses(); return nil }
		}
		steps = append(steps, step{set, func() error { return d.SetAddresses(before) }})
	}
	return steps
}

// mtuSteps returns the steps that change the MTU of the members and the device. The device's
// MTU is never larger than the members'.
func (b *Bond) mtuSteps(before, after int) (steps []step) {
	for _, m := range b.members {
		l, ok := m.link.(link.MTUSetter)
		if !ok || m.phase != phaseActive {
			continue
		}
		set := func(mtu int) func() error {
			return func() error {
				was := m.wantMTU
				m.wantMTU = mtu
				err := l.SetMTU(mtu)
				if err != nil {
					m.wantMTU = was
				}
				return err
			}
		}
		steps = append(steps, step{set(after), set(before)})
	}
	if b.device != nil {
		own := step{func() error { return b.setDeviceMTU(after) }, func() error { return b.setDeviceMTU(before) }}
		if after > before {
			steps = append(steps, own)
		} else {
			steps = slices.Insert(steps, 0, own)
		}
	}
	return steps
}

func (b *Bond) addrSteps(before, after net.HardwareAddr) (steps []step) {
	for _, m := range b.members {
		if m.phase != phaseActive || b.cfg.MACPolicy == MACActive && m.addr == nil {
			continue
		}
		set := func(addr net.HardwareAddr) func() error { return func() error { return m.setLinkAddr(addr) } }
		steps = append(steps, step{set(after), set(before)})
	}
	if b.device != nil {
		steps = append(steps, step{func() error { return b.setDeviceAddr(after) }, func() error { return b.setDeviceAddr(before) }})
	}
	return steps
}
