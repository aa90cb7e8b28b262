package ebpf

import "github.com/lagkit/lagkit/bond/link"

// Send sends one Ethernet frame on the members that the plan picks for it, past the device, which has
// no carrier yet when the bond announces that it is up. It needs CAP_NET_RAW. The other errors are
// [plane.ErrNoMember] and [plane.ErrNotEthernet].
func (p *Plane) Send(frame []byte) error {
	p.mu.Lock() // Apply may be at work
	targets, err := p.plan.Targets(frame, func(port link.Port) (uint32, bool) {
		if m := p.members[port]; m != nil {
			return m.index, true
		}
		return 0, false
	})
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.device.outlet.Send(targets, frame)
}
