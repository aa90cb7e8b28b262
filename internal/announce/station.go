package announce

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/mdlayher/ethernet"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Others returns the stations that are not among those announced already: another address, MAC
// address, or VLAN. It uses the memory of stations.
func Others(stations, announced []link.Station) []link.Station {
	known := make(map[netip.Addr]lacp.MAC)
	for _, s := range announced {
		known[s.Addr] = s.MAC
	}
	return slices.DeleteFunc(stations, func(s link.Station) bool {
		return s.Addr.IsValid() && len(s.Tags) == 0 && known[s.Addr] == s.MAC
	})
}

// Station returns the frame that announces a station: a gratuitous ARP for an IPv4 address, an
// unsolicited Neighbor Advertisement for an IPv6 address, or a RARP request for a station
// without an IP address.
func Station(s *link.Station) (frame []byte, err error) {
	switch {
	case !s.Addr.IsValid():
		frame, err = reverseARP(s.MAC[:])
	case s.Addr.Is4():
		frame, err = gratuitousARP(s.MAC[:], s.Addr)
	default:
		frame, err = neighborAdvertisement(s.MAC[:], s.Addr)
	}
	return tagged(frame, s.Tags), err
}

// tagged returns a frame with VLAN tags added.
func tagged(frame []byte, tags []link.Tag) []byte {
	if len(tags) == 0 || len(frame) < link.HeaderLen {
		return frame
	}
	const addresses = 12
	f := slices.Clone(frame[:addresses])
	for _, t := range tags {
		f = binary.BigEndian.AppendUint16(f, t.Type)
		f = binary.BigEndian.AppendUint16(f, t.ID)
	}
	return append(f, frame[addresses:]...)
}

// gratuitousARP returns an ARP announcement (RFC 5227, section 3). It shows neighbours and
// switches where addr is.
func gratuitousARP(source []byte, addr netip.Addr) ([]byte, error) {
	ip := addr.As4()
	payload := make([]byte, 0, 28)
	payload = append(payload, 0, 1, 8, 0, 6, 4, 0, 1) // Ethernet, IPv4, their lengths, request
	payload = append(payload, source...)
	payload = append(payload, ip[:]...)
	payload = append(payload, 0, 0, 0, 0, 0, 0)
	payload = append(payload, ip[:]...)
	f := ethernet.Frame{
		Destination: ethernet.Broadcast,
		Source:      source,
		EtherType:   ethernet.EtherTypeARP,
		Payload:     payload,
	}
	return f.MarshalBinary()
}

// reverseARP returns a RARP request (RFC 903) of a station for its own address.
func reverseARP(mac []byte) ([]byte, error) {
	payload := make([]byte, 0, 28)
	payload = append(payload, 0, 1, 8, 0, 6, 4, 0, 3) // Ethernet, IPv4, their lengths, request reverse
	payload = append(payload, mac...)
	payload = append(payload, 0, 0, 0, 0)
	payload = append(payload, mac...)
	payload = append(payload, 0, 0, 0, 0)
	f := ethernet.Frame{
		Destination: ethernet.Broadcast,
		Source:      mac,
		EtherType:   etherTypeRARP,
		Payload:     payload,
	}
	return f.MarshalBinary()
}

const etherTypeRARP = 0x8035

// neighborAdvertisement returns an unsolicited Neighbor Advertisement that overrides the
// neighbours' cache entries (RFC 4861, section 7.2.6).
func neighborAdvertisement(source []byte, addr netip.Addr) ([]byte, error) {
	ip := addr.As16()
	icmp := []byte{136, 0, 0, 0, 0x20, 0, 0, 0}
	icmp = append(icmp, ip[:]...)
	icmp = append(icmp, 2, 1) // option: target link-layer address
	icmp = append(icmp, source...)
	const hopLimit = 255
	return icmpv6ToAllNodes(source, addr, hopLimit, nil, icmp)
}
