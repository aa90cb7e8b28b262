package ebpf

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane"
)

// A frame of the bond itself goes straight to a member, past the device: the device has no
// carrier yet when the bond announces that it is up.

// Send sends one Ethernet frame on the members that the plan picks for it. It needs CAP_NET_RAW.
// The other errors are [plane.ErrNoMember] and [plane.ErrNotEthernet].
func (p *Plane) Send(frame []byte) error {
	const header = 14
	if len(frame) < header {
		return plane.ErrNotEthernet
	}
	members := p.picks(frame)
	if len(members) == 0 {
		return plane.ErrNoMember
	}
	var errs []error
	for _, m := range members {
		errs = append(errs, p.device.sendOn(m.index, frame))
	}
	return errors.Join(errs...)
}

// picks returns the members that a frame of the bond itself is sent on.
func (p *Plane) picks(frame []byte) (list []*member) {
	p.mu.Lock() // Apply may be at work
	defer p.mu.Unlock()
	if p.plan == nil {
		return nil
	}
	ids := p.plan.Order()
	switch p.plan.Spread {
	case plane.SpreadCopies:
	case plane.SpreadFlows:
		i, ok := p.plan.Table().Pick(p.plan.Hash.Sum32(frame))
		if !ok {
			return nil
		}
		ids = []uint16{uint16(i)}
	default:
		ids = ids[:min(1, len(ids))]
	}
	for _, id := range ids {
		if m := p.members[p.plan.Members[id].Port]; m != nil {
			list = append(list, m)
		}
	}
	return list
}

// sendOn sends a frame on an interface of the device's network namespace.
func (d *Device) sendOn(index uint32, frame []byte) error {
	d.sending.Lock()
	defer d.sending.Unlock()
	if d.packets == closedSocket {
		return unix.ENODEV
	}
	if d.packets < 0 {
		err := d.veth.ns.Do(func() (err error) {
			d.packets, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // it receives nothing
			return err
		})
		if err != nil {
			d.packets = -1
			return fmt.Errorf("open packet socket: %w", err)
		}
	}
	etherType := binary.NativeEndian.Uint16(frame[12:14])
	return unix.Sendto(d.packets, frame, unix.MSG_DONTWAIT, &unix.SockaddrLinklayer{Ifindex: int(index), Protocol: etherType})
}
