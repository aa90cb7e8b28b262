package ebpf

import (
	"errors"

	"github.com/lagkit/lagkit/bond/plane"
)

// A frame of the bond itself goes straight to a member, past the device: the device has no
// carrier yet when the bond announces that it is up.

// ethernetHeader is the length of an Ethernet header without tags.
const ethernetHeader = 14

// Send sends one Ethernet frame on the members that the plan picks for it. It needs CAP_NET_RAW.
// The other errors are [plane.ErrNoMember] and [plane.ErrNotEthernet].
func (p *Plane) Send(frame []byte) error {
	if len(frame) < ethernetHeader {
		return plane.ErrNotEthernet
	}
	members := p.senders(frame)
	if len(members) == 0 {
		return plane.ErrNoMember
	}
	var errs []error
	for _, m := range members {
		errs = append(errs, p.device.outlet.Send(int32(m.index), frame))
	}
	return errors.Join(errs...)
}

// senders returns the members that a frame of the bond itself is sent on.
func (p *Plane) senders(frame []byte) (list []*member) {
	p.mu.Lock() // Apply may be at work
	defer p.mu.Unlock()
	if p.plan == nil {
		return nil
	}
	for _, id := range p.plan.Senders(frame) {
		if m := p.members[p.plan.Members[id].Port]; m != nil {
			list = append(list, m)
		}
	}
	return list
}
