package netif

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
	"github.com/lagkit/lagkit/lacp"
)

func mac(n byte) net.HardwareAddr { return net.HardwareAddr{2, 0, 0, 0, 0, n} }

// tower is a bond of index 1 with a VLAN, a VLAN in that, a bridge on the first VLAN with a
// second port, a macvlan on the bond, and a macvlan on the other end of a veth pair.
func tower() *stack {
	s := &stack{links: make(map[int32]rtnl.Detail), addrs: make(map[int32][]rtnl.Addr)}
	add := func(index int32, kind string, lower, master int32, vlan uint16) {
		d := rtnl.Detail{Link: rtnl.Link{Index: index, Kind: kind, Lower: lower, Master: uint32(master), Addr: mac(byte(index)), Flags: unix.IFF_UP}}
		d.VLAN, d.VLANProto = vlan, 0x8100
		s.links[index] = d
		s.order = append(s.order, index)
	}
	add(1, "tun", 0, 0, 0)
	add(2, "vlan", 1, 5, 10)
	add(3, "vlan", 2, 0, 20)
	add(4, "veth", 1, 5, 0) // the other end of a veth pair, where the bond's index is its peer's
	add(5, "bridge", 0, 0, 0)
	add(6, "macvlan", 1, 0, 0)
	add(7, "vlan", 5, 0, 30)
	add(8, "vxlan", 1, 0, 0)
	for index := range s.links {
		s.addrs[index] = []rtnl.Addr{{Local: netip.AddrFrom4([4]byte{10, 0, 0, byte(index)}), Bits: 24}}
	}
	return s
}

func TestStationsAboveADeviceBOX21(t *testing.T) {
	s := tower()
	s.addrs[1] = append(s.addrs[1],
		rtnl.Addr{Local: netip.MustParseAddr("fe80::1"), Bits: 64},
		rtnl.Addr{Local: netip.MustParseAddr("2001:db8::1"), Bits: 64, Flags: unix.IFA_F_TENTATIVE},
		rtnl.Addr{Local: netip.MustParseAddr("2001:db8::2"), Bits: 64, Flags: unix.IFA_F_DADFAILED})
	s.addrs[6] = nil
	s.fdb = []rtnl.FDBEntry{
		{Port: 4, Bridge: 5, MAC: mac(0x40)},                  // on the bridge's other port
		{Port: 2, Bridge: 5, MAC: mac(0x41)},                  // beyond the bond
		{Port: 4, Bridge: 5, MAC: mac(4), Permanent: true},    // the port's own
		{Port: 1, MAC: mac(0x42)},                             // a macvlan in another namespace
		{Port: 1, MAC: mac(0x43)},                             // the same on VLAN 10
		{Port: 2, MAC: mac(0x43)},                             //
		{Port: 1, MAC: net.HardwareAddr{1, 0, 0x5e, 0, 0, 1}}, // a group
		{Port: 9, Bridge: 10, MAC: mac(0x44)},                 // of another bridge
	}
	ten, twenty, thirty := link.Tag{Type: 0x8100, ID: 10}, link.Tag{Type: 0x8100, ID: 20}, link.Tag{Type: 0x8100, ID: 30}
	ip := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, n}) }
	want := []link.Station{
		{MAC: lacp.MAC(mac(1)), Addr: ip(1)},
		{MAC: lacp.MAC(mac(1)), Addr: netip.MustParseAddr("fe80::1")},
		{MAC: lacp.MAC(mac(2)), Addr: ip(2), Tags: []link.Tag{ten}},
		{MAC: lacp.MAC(mac(3)), Addr: ip(3), Tags: []link.Tag{ten, twenty}},
		{MAC: lacp.MAC(mac(5)), Addr: ip(5), Tags: []link.Tag{ten}},
		{MAC: lacp.MAC(mac(7)), Addr: ip(7), Tags: []link.Tag{ten, thirty}},
		{MAC: lacp.MAC(mac(6))},
		{MAC: lacp.MAC(mac(0x40)), Tags: []link.Tag{ten}},
		{MAC: lacp.MAC(mac(0x42))},
		{MAC: lacp.MAC(mac(0x43)), Tags: []link.Tag{ten}},
	}
	wantStations(t, s, want)
}

func wantStations(t *testing.T, s *stack, want []link.Station) {
	t.Helper()
	show := func(list []link.Station) (lines []string) {
		for _, s := range list {
			lines = append(lines, fmt.Sprint(s))
		}
		slices.Sort(lines)
		return lines
	}
	if got, want := show(s.stations(1)), show(want); !slices.Equal(got, want) {
		t.Errorf("stations are\n%v\nwant\n%v", got, want)
	}
}

// On a bridge that separates VLANs, frames leave through the device with the tag of their
// VLAN, without a tag, or not at all.
func TestStationsOfABridgeWithVLANsBOX21(t *testing.T) {
	s := &stack{links: make(map[int32]rtnl.Detail), addrs: make(map[int32][]rtnl.Addr)}
	add := func(index int32, kind string, lower, master int32, vlan uint16) {
		d := rtnl.Detail{Link: rtnl.Link{Index: index, Kind: kind, Lower: lower, Master: uint32(master), Addr: mac(byte(index)), Flags: unix.IFF_UP}}
		d.VLAN, d.VLANProto, d.Filters = vlan, 0x8100, kind == "bridge"
		s.links[index] = d
		s.order = append(s.order, index)
		s.addrs[index] = []rtnl.Addr{{Local: netip.AddrFrom4([4]byte{10, 0, 0, byte(index)}), Bits: 24}}
	}
	add(1, "tun", 0, 2, 0)
	add(2, "bridge", 0, 0, 0)
	add(3, "vlan", 2, 0, 10)
	add(4, "vlan", 2, 0, 40) // the device is not in VLAN 40
	add(5, "tun", 0, 2, 0)   // a virtual machine
	s.addrs[1] = nil
	s.vlans = []rtnl.BridgeVLAN{
		{Port: 1, ID: 1, PVID: true, Untagged: true}, {Port: 1, ID: 10}, {Port: 1, ID: 20},
		{Port: 2, ID: 1, PVID: true, Untagged: true}, {Port: 5, ID: 10}, {Port: 5, ID: 30},
	}
	s.fdb = []rtnl.FDBEntry{
		{Port: 5, Bridge: 2, MAC: mac(0x50), VLAN: 1},
		{Port: 5, Bridge: 2, MAC: mac(0x50), VLAN: 10},
		{Port: 5, Bridge: 2, MAC: mac(0x51), VLAN: 30}, // the device is not in VLAN 30
	}
	ten := []link.Tag{{Type: 0x8100, ID: 10}}
	want := []link.Station{
		{MAC: lacp.MAC(mac(1))},
		{MAC: lacp.MAC(mac(2)), Addr: netip.AddrFrom4([4]byte{10, 0, 0, 2})},
		{MAC: lacp.MAC(mac(3)), Addr: netip.AddrFrom4([4]byte{10, 0, 0, 3}), Tags: ten},
		{MAC: lacp.MAC(mac(0x50))},
		{MAC: lacp.MAC(mac(0x50)), Tags: ten},
	}
	wantStations(t, s, want)
	// Its own frames are in a VLAN that the device is not in.
	s.vlans[3].ID = 40
	wantStations(t, s, slices.DeleteFunc(want, func(st link.Station) bool { return st.MAC == lacp.MAC(mac(2)) }))
}

func TestStationsAreBoundedBOX21(t *testing.T) {
	s := tower()
	for i := range 5000 {
		s.fdb = append(s.fdb, rtnl.FDBEntry{Port: 4, Bridge: 5, MAC: net.HardwareAddr{2, 1, 0, 0, byte(i >> 8), byte(i)}})
		s.addrs[3] = append(s.addrs[3], rtnl.Addr{Local: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), Bits: 8})
	}
	if got := len(s.stations(1)); got != maxStations {
		t.Errorf("%d stations, want %d", got, maxStations)
	}
	s.addrs[3] = nil
	learned := 0
	for _, st := range s.stations(1) {
		if !st.Addr.IsValid() {
			learned++
		}
	}
	if learned != maxLearned {
		t.Errorf("%d MAC addresses alone, want %d", learned, maxLearned)
	}
	// Interfaces stacked in a circle end the walk too.
	circle := s.links[2]
	circle.Lower = 3
	s.links[2] = circle
	s.stations(2)
}
