package afpacket

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Membership is what a packet socket asks an interface to receive beyond its own
// address and broadcasts. The kernel counts memberships, and ends them with the socket
// or the process.
type Membership struct {
	kind uint16
	addr [8]byte
	len  uint16
}

var (
	// AllStations are the frames of every station: the interface is promiscuous.
	AllStations = Membership{kind: unix.PACKET_MR_PROMISC}
	// AllGroups are the frames to every group address.
	AllGroups = Membership{kind: unix.PACKET_MR_ALLMULTI}
)

// Station are the frames to one further MAC address. On an interface whose driver can't
// filter addresses the kernel makes it promiscuous for that.
func Station(addr net.HardwareAddr) Membership {
	m := Membership{kind: unix.PACKET_MR_UNICAST}
	m.len = uint16(copy(m.addr[:], addr))
	return m
}

// Group are the frames to one group address.
func Group(addr net.HardwareAddr) Membership {
	m := Membership{kind: unix.PACKET_MR_MULTICAST}
	m.len = uint16(copy(m.addr[:], addr))
	return m
}

// String says what is received.
func (m Membership) String() string {
	switch m.kind {
	case unix.PACKET_MR_PROMISC:
		return "frames of every station"
	case unix.PACKET_MR_ALLMULTI:
		return "frames to every group"
	}
	return "frames to " + net.HardwareAddr(m.addr[:m.len]).String()
}

// join asks for a membership on an interface.
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
