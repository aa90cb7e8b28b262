package hash

import "encoding/binary"

// Sizes and offsets of the IP headers.
const (
	ipv4Len      = 20 // without options
	ipv4Frag     = 6  // flags and fragment offset
	ipv4Proto    = 9
	ipv4Src      = 12
	ipv4Dst      = 16
	ipv4AddrLen  = 4
	ipv4MoreFrag = 0x3fff // More Fragments and the offset, without Don't Fragment

	ipv6Len     = 40
	ipv6Next    = 6
	ipv6Src     = 8
	ipv6Dst     = 24
	ipv6AddrLen = 16
)

// An ipPacket holds the fields of an IP header that the policies need.
type ipPacket struct {
	addrs   uint32 // source and destination address mixed
	proto   uint8  // protoNone for a fragment
	payload []byte // octets after the header; empty when truncated
}

// parseIP reads the IP header at the start of b. ok is false if the EtherType is not IP
// or the header is truncated.
func parseIP(etherType uint16, b []byte, t *Trace) (p ipPacket, ok bool) {
	switch etherType {
	case typeIPv4:
		return parseIPv4(b, t)
	case typeIPv6:
		return parseIPv6(b, t)
	case typeCTag, typeSTag:
		t.noteTag()
	default:
		t.note(NoteNotIP)
	}
	return ipPacket{}, false
}

// parseIPv4 trusts the EtherType as Linux does. It accepts any version and a header length
// below 20; the payload then starts inside the header.
func parseIPv4(b []byte, t *Trace) (ipPacket, bool) {
	if len(b) < ipv4Len {
		t.note(NoteTruncated)
		return ipPacket{}, false
	}
	t.read("IPv4 addresses", b, ipv4Src, 2*ipv4AddrLen)
	p := ipPacket{
		addrs:   le32(b[ipv4Src:]) ^ le32(b[ipv4Dst:]),
		proto:   b[ipv4Proto],
		payload: b[min(int(b[0]&0x0f)*4, len(b)):],
	}
	// Only the first fragment has ports. Here no fragment has any, so that all of them
	// take the same member.
	if binary.BigEndian.Uint16(b[ipv4Frag:])&ipv4MoreFrag != 0 {
		t.note(NoteFragment)
		p.proto = protoNone
	}
	return p, true
}

// parseIPv6 takes the next header as the protocol. It does not walk extension headers,
// including the fragment header.
func parseIPv6(b []byte, t *Trace) (ipPacket, bool) {
	if len(b) < ipv6Len {
		t.note(NoteTruncated)
		return ipPacket{}, false
	}
	t.read("IPv6 addresses", b, ipv6Src, 2*ipv6AddrLen)
	return ipPacket{
		addrs:   mixIPv6(b),
		proto:   b[ipv6Next],
		payload: b[ipv6Len:],
	}, true
}

// mixIPv6 mixes the eight words of both addresses of the IPv6 header at the start of b.
// b must hold the whole header.
func mixIPv6(b []byte) uint32 {
	x := le64(b[ipv6Src:]) ^ le64(b[ipv6Src+8:]) ^ le64(b[ipv6Dst:]) ^ le64(b[ipv6Dst+8:])
	return uint32(x) ^ uint32(x>>32)
}

// fold spreads the upper octets of h over the lower ones, because h modulo a small number
// depends mostly on the lower octets.
func fold(h uint32) uint32 {
	h ^= h >> 16
	return h ^ h>>8
}
