package afpacket

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Membership is a request of a packet socket that an interface receive more than frames to its
// own address and broadcasts. The kernel counts memberships, and ends them with the socket or
// the process.
type Membership struct {
	kind uint16
	addr [8]byte
	len  uint16
}

var (
	// AllStations requests the frames of every station: the interface is promiscuous.
	AllStations = Membership{kind: unix.PACKET_MR_PROMISC}
	// AllGroups requests the frames to every group address.
	AllGroups = Membership{kind: unix.PACKET_MR_ALLMULTI}
)

// Station requests the frames to one more MAC address. If the driver can't filter addresses,
// the kernel makes the interface promiscuous instead.
func Station(addr net.HardwareAddr) Membership {
	m := Membership{kind: unix.PACKET_MR_UNICAST}
	m.len = uint16(copy(m.addr[:], addr))
	return m
}

// Group requests the frames to one group address.
func Group(addr net.HardwareAddr) Membership {
	m := Membership{kind: unix.PACKET_MR_MULTICAST}
	m.len = uint16(copy(m.addr[:], addr))
	return m
}

// String describes the frames requested.
func (m Membership) String() string {
	switch m.kind {
	case unix.PACKET_MR_PROMISC:
		return "frames of every station"
	case unix.PACKET_MR_ALLMULTI:
		return "frames to every group"
	}
	return "frames to " + net.HardwareAddr(m.addr[:m.len]).String()
}

// join requests a membership on an interface.
func join(fd int, index int32, m Membership) error {
	if err := setMembership(fd, index, unix.PACKET_ADD_MEMBERSHIP, m); err != nil {
		return fmt.Errorf("receive %s: %w", m, err)
	}
	return nil
}

// leave ends a membership.
func leave(fd int, index int32, m Membership) error {
	if err := setMembership(fd, index, unix.PACKET_DROP_MEMBERSHIP, m); err != nil {
		return fmt.Errorf("no longer receive %s: %w", m, err)
	}
	return nil
}

func setMembership(fd int, index int32, option int, m Membership) error {
	return unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, option,
		&unix.PacketMreq{Ifindex: index, Type: m.kind, Alen: m.len, Address: m.addr})
}
