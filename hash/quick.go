package hash

import (
	"math"
	"math/bits"
)

// Most frames are IPv4 without options or IPv6 without extension headers. The quick
// functions read these at fixed offsets of the whole frame and are small enough to be
// inlined. The plain functions handle the frames that they refuse. Quick and plain
// functions must agree.

// Values of the low half of a little-endian word at the EtherType, by type.
const (
	wireIPv4 = typeIPv4>>8 | typeIPv4&0xff<<8
	wireIPv6 = typeIPv6>>8 | typeIPv6&0xff<<8
	wireCTag = typeCTag>>8 | typeCTag&0xff<<8
	wireSTag = typeSTag>>8 | typeSTag&0xff<<8
)

const (
	// The high half of that word starts with version and header length.
	wireIHL      = 0x0f << 16
	wireIHLPlain = 5 << 16
	// The little-endian word at ipv4Frag holds fragment bits, TTL, protocol.
	wireFrag = ipv4MoreFrag>>8 | ipv4MoreFrag&0xff<<8

	// quickLen has room for a tag, the EtherType and two more octets, so that the word at
	// the EtherType is whole. A shorter frame holds no IP header.
	quickLen = etherLen + tagLen + 2
	// quickIPv4Len and quickIPv6Len have room for the header and four more octets.
	quickIPv4Len = etherLen + ipv4Len + 4
	quickIPv6Len = etherLen + ipv6Len + 4
)

// isTag reports whether the low half of a little-endian word is the TPID of a
// VLAN tag.
func isTag(word uint32) bool { return uint16(word) == wireCTag || uint16(word) == wireSTag }

// number turns the EtherType in the low half of a little-endian word into its
// value.
func number(word uint32) uint32 { return uint32(bits.ReverseBytes16(uint16(word))) }

// quickUntag is untag for a frame of at least quickLen octets. It also returns
// the word at the EtherType.
func quickUntag(frame []byte, tags TagView) (seen []byte, word uint32) {
	seen, word = frame, le32(frame[etherType:])
	if tags == TagStripped && isTag(word) {
		seen, word = frame[tagLen:], le32(frame[etherType+tagLen:])
	}
	return seen, word
}

// quickIPv4 reads the flow of an IPv4 frame; word is the one at its EtherType. ok is
// false for frames that need a closer look.
func quickIPv4(b []byte, word uint32) (addrs, transport uint32, ok bool) {
	if word&wireIHL != wireIHLPlain || len(b) < quickIPv4Len {
		return
	}
	w := le32(b[etherLen+ipv4Frag:])
	mask := quickMask[w>>24]
	if w&wireFrag == 0 {
		transport = le32(b[etherLen+ipv4Len:]) & mask
	}
	return le32(b[etherLen+ipv4Src:]) ^ le32(b[etherLen+ipv4Dst:]), transport, mask != closerLook
}

// quickIPv6 is quickIPv4 for an IPv6 frame.
func quickIPv6(b []byte) (addrs, transport uint32, ok bool) {
	if len(b) < quickIPv6Len {
		return
	}
	mask := quickMask[b[etherLen+ipv6Next]]
	x := le64(b[etherLen+ipv6Src:]) ^ le64(b[etherLen+ipv6Src+8:]) ^
		le64(b[etherLen+ipv6Dst:]) ^ le64(b[etherLen+ipv6Dst+8:])
	return uint32(x) ^ uint32(x>>32), le32(b[etherLen+ipv6Len:]) & mask, mask != closerLook
}

// closerLook marks a protocol whose flow does not follow from the four octets after the
// IP header.
const closerLook = 1

// flowMask is quickMask for policy Flow. The protocol numbers of IPv6 extension headers
// need a closer look, too. The upper half selects the bits that count in the first four
// octets of an IPv6 header: those of the flow label, or none. tunnelMask is flowMask with
// Options.Inner.
var flowMask, tunnelMask = func() (flow, tunnels [256]uint64) {
	for p, mask := range quickMask {
		flow[p] = uint64(mask)
		if keepsLabel(uint8(p)) {
			flow[p] |= wireLabel << 32
		}
	}
	for _, p := range []uint8{extHopByHop, extRouting, extFragment, extDestination} {
		flow[p] = closerLook
	}
	tunnels = flow
	for _, p := range []uint8{protoIPIP, protoIPv6, protoGRE, protoUDP, protoMPLS, protoL2TP} {
		tunnels[p] = closerLook
	}
	return flow, tunnels
}()

// wireLabel is the IPv6 flow label in the little-endian word at the start of the
// header.
const wireLabel = 0xffff0f00

// keepsLabel reports whether the IPv6 flow label counts with a protocol other than ICMP.
// It counts where nothing else tells flows apart, and with UDP, because UDP tunnels have
// fixed ports and tell their flows apart by the label (RFC 6438). It does not count with
// a connection, because a host may change its label when it retransmits.
func keepsLabel(proto uint8) bool { return quickMask[proto] == 0 || proto == protoUDP }

// encapMask is quickMask for the encap policies.
var encapMask = func() (mask [256]uint32) {
	mask = quickMask
	for _, p := range []uint8{extHopByHop, extRouting, extFragment, extDestination, protoIPIP, protoIPv6, protoGRE, protoMPLS} {
		mask[p] = closerLook
	}
	return mask
}()

// quickMask holds for each protocol the bits that count in the four octets after the IP
// header: all if they are ports, none, or closerLook.
var quickMask = func() (mask [256]uint32) {
	for _, p := range portsFirst {
		mask[p] = math.MaxUint32
	}
	for _, p := range []uint8{protoAH, protoICMP, protoICMPv6} {
		mask[p] = closerLook
	}
	return mask
}()
