package hash

import "encoding/binary"

// deep are the headers of an IP frame that lie deeper than the quick functions
// look: behind more tags, or with IPv6 extension headers.
type deep struct {
	ip   []byte // from the IP header on
	rest uint32 // the four octets behind the headers, masked
	v6   bool
	next uint8 // protocol
}

// deepTags and deepExtensions bound how deep.
const (
	deepTags       = 3
	deepExtensions = 4
)

// lookDeeper finds them in a frame seen from a tag or EtherType on, whose word at
// the EtherType is given. ok is false for what needs the plain way: anything but
// an unfragmented packet of a protocol that mask has an answer for.
func lookDeeper(b []byte, word uint32, mask *[256]uint32) (d deep, ok bool) {
	for range deepTags {
		if !isTag(word) || len(b) < quickLen+tagLen {
			break
		}
		b = b[tagLen:]
		word = le32(b[etherType:])
	}
	if word&wireHeader == wireHeaderIPv4 && len(b) >= quickIPv4Len {
		w := le32(b[etherLen+ipv4Frag:])
		d.ip, d.next = b[etherLen:], uint8(w>>24)
		bits := mask[d.next]
		d.rest = le32(b[etherLen+ipv4Len:]) & bits
		return d, bits != closerLook && w&wireFrag == 0
	}
	if word&wireHeader6 != wireHeaderIPv6 || len(b) < quickIPv6Len {
		return d, false
	}
	d.ip, d.next, d.v6 = b[etherLen:], b[etherLen+ipv6Next], true
	rest := b[etherLen+ipv6Len:]
	for range deepExtensions {
		if d.next != extDestination && d.next != extHopByHop && d.next != extRouting {
			break
		}
		n := (int(rest[1]) + 1) * 8
		d.next = rest[0]
		if len(rest) < n+4 {
			return d, false
		}
		rest = rest[n:]
	}
	bits := mask[d.next]
	d.rest = binary.LittleEndian.Uint32(rest) & bits
	return d, bits != closerLook
}

// The word at the EtherType, of an IPv4 header without options and of any IPv6
// header.
const (
	wireHeader     = 0xffffff
	wireHeaderIPv4 = wireIPv4 | 0x45<<16
	wireHeader6    = 0xf0ffff
	wireHeaderIPv6 = wireIPv6 | 0x60<<16
)

// addrs mixes both addresses as Linux does.
func (d deep) addrs() uint32 {
	if d.v6 {
		return mixIPv6(d.ip)
	}
	return le32(d.ip[ipv4Src:]) ^ le32(d.ip[ipv4Dst:])
}
