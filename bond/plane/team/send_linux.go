package team

import (
	"errors"

	"github.com/lagkit/lagkit/bond/plane"
)

// ethernetHeader is the length of an Ethernet header without tags.
const ethernetHeader = 14

// Send sends one Ethernet frame on the ports that the plan picks for it, past the driver: the device
// has no carrier yet when the bond announces that it is up. It needs CAP_NET_RAW. The other errors
// are [plane.ErrNoMember] and [plane.ErrNotEthernet].
func (p *Plane) Send(frame []byte) error {
	if len(frame) < ethernetHeader {
		return plane.ErrNotEthernet
	}
	ports := p.senders(frame)
	if len(ports) == 0 {
		return plane.ErrNoMember
	}
	var errs []error
	for _, index := range ports {
		errs = append(errs, p.outlet.Send(int32(index), frame))
	}
	return errors.Join(errs...)
}

// senders returns the interface indexes of the ports that a frame of the bond itself is sent on.
func (p *Plane) senders(frame []byte) (indexes []uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == nil {
		return nil
	}
	for _, id := range p.plan.Senders(frame) {
		if m := p.members[p.plan.Members[id].Port]; m != nil {
			indexes = append(indexes, m.index)
		}
	}
	return indexes
}
