package hash

// A tuple holds the input of policy Flow: the two ends of a conversation.
type tuple struct {
	src, dst endpoint
	scope    uint64 // headers around the packet, by flowKey.enclose; 0 without any
	label    uint32 // IPv6 flow label, masked by wireLabel; 0 where it does not count
	proto    uint8  // 0 for a fragment
	kind     kind
	typ      uint16 // EtherType, for kindEther
}

// An endpoint is an address and the port that tells the conversations of one host apart.
// lo holds an IPv4 address, the first half of an IPv6 address, or a MAC address; hi holds
// the second half of an IPv6 address.
type endpoint struct {
	lo, hi uint64
	port   uint16 // octets as on the wire, the first one in the low half
}

// A kind is the type of the addresses of a tuple.
type kind uint8

const (
	kindIPv4 kind = iota
	kindIPv6
	kindEther
)

// transport stores the four octets that tell flows apart as the ports.
func (t *tuple) transport(w uint32) { t.src.port, t.dst.port = uint16(w), uint16(w>>16) }

// rest returns all fields but the addresses and the scope as one number.
func (t *tuple) rest() uint64 {
	r := uint64(t.src.port) | uint64(t.dst.port)<<16 | uint64(t.kind)<<48
	if t.kind == kindEther {
		return r | uint64(t.typ)<<32
	}
	return r ^ uint64(t.proto)<<32 ^ uint64(t.label)<<32
}

// tupleIPv6 returns the tuple of an IPv6 frame. w holds the first four octets of the
// transport header, and mask belongs to proto.
func tupleIPv6(ip *[ipv6Len]byte, w uint32, mask uint64, proto uint8) tuple {
	ports := w & uint32(mask)
	return tuple{
		src:   endpoint{lo: le64(ip[ipv6Src:]), hi: le64(ip[ipv6Src+8:]), port: uint16(ports)},
		dst:   endpoint{lo: le64(ip[ipv6Dst:]), hi: le64(ip[ipv6Dst+8:]), port: uint16(ports >> 16)},
		label: le32(ip[:]) & uint32(mask>>32),
		proto: proto,
		kind:  kindIPv6,
	}
}
