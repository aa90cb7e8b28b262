package announce

import (
	"encoding/binary"
	"net/netip"

	"github.com/mdlayher/ethernet"

	"github.com/lagkit/lagkit/internal/gso"
)

// The queries make a host report all the groups it listens to. They use the newest
// version, so that no host falls back to an older one, and the protocols' default
// values. They ask for an answer within a tenth of a second.
const (
	queryRobustness = 2
	queryInterval   = 125 // seconds
)

// querier returns a source address of the same kind as addr, but different from it.
func querier(addr []byte) []byte {
	q := append([]byte(nil), addr...)
	q[0] ^= 0x02 // universal or local
	return q
}

// IGMPQuery returns an IGMPv3 general query (RFC 3376, section 4.1) for the host with the MAC
// address addr. Its IP source address is 0.0.0.0, because the querier has no address.
func IGMPQuery(addr []byte) ([]byte, error) {
	p := []byte{
		0x46, 0xc0, 0, 36, 0, 0, 0, 0, // 6 words of header, internetwork control
		1, 2, 0, 0, // TTL, IGMP
		0, 0, 0, 0, 224, 0, 0, 1,
		0x94, 4, 0, 0, // router alert
		0x11, 1, 0, 0, 0, 0, 0, 0, queryRobustness, queryInterval, 0, 0,
	}
	binary.BigEndian.PutUint16(p[10:], gso.Fold(gso.Sum(0, p[:24])))
	binary.BigEndian.PutUint16(p[26:], gso.Fold(gso.Sum(0, p[24:])))
	f := ethernet.Frame{
		Destination: []byte{0x01, 0x00, 0x5e, 0, 0, 1},
		Source:      querier(addr),
		EtherType:   ethernet.EtherTypeIPv4,
		Payload:     p,
	}
	return f.MarshalBinary()
}

// MLDQuery returns an MLDv2 general query (RFC 3810, section 5.1) for the host with the MAC
// address addr.
func MLDQuery(addr []byte) ([]byte, error) {
	source := querier(addr)
	ip := netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: source[0] ^ 2, 9: source[1], 10: source[2],
		11: 0xff, 12: 0xfe, 13: source[3], 14: source[4], 15: source[5]})
	icmp := make([]byte, 28)
	icmp[0] = 130
	icmp[5] = 100 // milliseconds
	icmp[24], icmp[25] = queryRobustness, queryInterval
	routerAlert := []byte{protoICMPv6, 0, 5, 2, 0, 0, 1, 0}
	const hopLimit = 1
	return icmpv6ToAllNodes(source, ip, hopLimit, routerAlert, icmp)
}

const protoICMPv6 = 58

// icmpv6ToAllNodes returns the frame of an ICMPv6 message to ff02::1. It puts hopByHop, if not
// empty, in front of the message as the hop-by-hop header.
func icmpv6ToAllNodes(source []byte, from netip.Addr, hopLimit byte, hopByHop, icmp []byte) ([]byte, error) {
	src := from.As16()
	dst := [16]byte{0: 0xff, 1: 0x02, 15: 1}
	sum := gso.Sum(0, src[:])
	sum = gso.Sum(sum, dst[:])
	sum += uint64(len(icmp)) + protoICMPv6
	binary.BigEndian.PutUint16(icmp[2:], gso.Fold(gso.Sum(sum, icmp)))
	next := byte(protoICMPv6)
	if hopByHop != nil {
		next = 0
	}
	p := []byte{0x60, 0, 0, 0, 0, byte(len(hopByHop) + len(icmp)), next, hopLimit}
	p = append(append(p, src[:]...), dst[:]...)
	p = append(append(p, hopByHop...), icmp...)
	f := ethernet.Frame{
		Destination: []byte{0x33, 0x33, 0, 0, 0, 1},
		Source:      source,
		EtherType:   ethernet.EtherTypeIPv6,
		Payload:     p,
	}
	return f.MarshalBinary()
}
