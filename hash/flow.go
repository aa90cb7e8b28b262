package hash

import "encoding/binary"

// flowOf reads what a frame as seen after untag says about the conversation it
// belongs to: both IP addresses mixed, and the ports, SPI or ICMP identifier, 0
// where there are none. ok is false when the frame is not IP or an IP header in
// it is truncated.
//
// This is the plain way, complete and for any frame. The quick functions take
// common frames off its hands and must agree with it.
func flowOf(untagged []byte) (addrs, transport uint32, ok bool) {
	if len(untagged) < etherLen {
		return 0, 0, false
	}
	version := binary.BigEndian.Uint16(untagged[etherType:])
	p, ok := parseIP(version, untagged[etherLen:])
	if !ok {
		return 0, 0, false
	}
	if p.proto == protoICMP || p.proto == protoICMPv6 {
		if !icmpError(p.proto, p.payload) {
			return p.addrs, icmpQuery(p.payload), true
		}
		// An error goes where the packet it is about would go. That one is
		// taken to be of the same IP version.
		if p, ok = parseIP(version, p.payload[icmpLen:]); !ok {
			return 0, 0, false
		}
	}
	return p.addrs, ports(p), true
}
