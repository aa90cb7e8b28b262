package hash

import "encoding/binary"

// The functions below read headers that lie deeper than the quick functions look: after
// more tags, or after IPv6 extension headers.

// deepTags and deepExtensions limit the depth.
const (
	deepTags       = 3
	deepExtensions = 4
)

// skipTags steps over up to deepTags more tags. It takes the results of quickUntag and
// returns their new values. The word is still a tag if there are more tags or the frame
// ends.
func skipTags(b []byte, word uint32) ([]byte, uint32) {
	for n := deepTags; n > 0 && isTag(word) && len(b) >= quickLen+tagLen; n-- {
		b = b[tagLen:]
		word = le32(b[etherType:])
	}
	return b, word
}

// skipExtensions returns the protocol after the extension headers and the first four
// octets of its header. b starts after the IPv6 header and has at least four octets; next
// is the next header field. ok is false if the frame ends too early.
func skipExtensions(b []byte, next uint8) (proto uint8, w uint32, ok bool) {
	for n := deepExtensions; n > 0 && isExtension(next); n-- {
		if len(b) < 4 {
			return next, 0, false
		}
		next = b[0]
		b = b[min((int(b[1])+1)*8, len(b)):]
	}
	if len(b) < 4 {
		return next, 0, false
	}
	return next, le32(b), true
}

// isExtension reports whether next is an extension header with its length in its second
// octet.
func isExtension(next uint8) bool {
	const set = 1<<extHopByHop | 1<<extRouting | 1<<extDestination
	return uint64(set)>>next&1 != 0
}

// Values of the word at the EtherType, for an IPv4 header without options and for any
// IPv6 header.
const (
	wireHeader     = 0xffffff
	wireHeaderIPv4 = wireIPv4 | 0x45<<16
	wireHeader6    = 0xf0ffff
	wireHeaderIPv6 = wireIPv6 | 0x60<<16
)

// quickInnermost reads the flow of an IP frame that carries no tunnel. It takes the
// results of quickUntag. It looks past one IPv6 extension header of the shortest length,
// eight octets. ok is false for frames that need a closer look.
func quickInnermost(b []byte, word uint32) (addrs, transport uint32, ok bool) {
	if word&wireHeader == wireHeaderIPv4 && len(b) >= quickIPv4Len {
		w := le32(b[etherLen+ipv4Frag:])
		mask := encapMask[w>>24]
		return le32(b[etherLen+ipv4Src:]) ^ le32(b[etherLen+ipv4Dst:]),
			le32(b[etherLen+ipv4Len:]) & mask, mask != closerLook && w&wireFrag == 0
	}
	if word&wireHeader6 != wireHeaderIPv6 || len(b) < quickIPv6ExtLen {
		return 0, 0, false
	}
	head := (*[quickIPv6ExtLen]byte)(b)
	proto, w := head[etherLen+ipv6Next], le32(head[etherLen+ipv6Len:])
	if isExtension(proto) && head[etherLen+ipv6Len+1] == 0 {
		proto, w = head[etherLen+ipv6Len], le32(head[etherLen+ipv6Len+8:])
	}
	mask := encapMask[proto]
	x := le64(head[etherLen+ipv6Src:]) ^ le64(head[etherLen+ipv6Src+8:]) ^
		le64(head[etherLen+ipv6Dst:]) ^ le64(head[etherLen+ipv6Dst+8:])
	return uint32(x) ^ uint32(x>>32), w & mask, mask != closerLook
}

// quickIPv6ExtLen is quickIPv6Len with an extension header of eight octets.
const quickIPv6ExtLen = quickIPv6Len + 8

// deepInnermost reads the flow of an IP frame that carries no tunnel. It takes the
// results of quickUntag. ok is false for frames that need the plain functions.
func deepInnermost(b []byte, word uint32) (addrs, transport uint32, ok bool) {
	b, word = skipTags(b, word)
	if word&wireHeader == wireHeaderIPv4 && len(b) >= quickIPv4Len {
		w := le32(b[etherLen+ipv4Frag:])
		mask := encapMask[w>>24]
		return le32(b[etherLen+ipv4Src:]) ^ le32(b[etherLen+ipv4Dst:]),
			le32(b[etherLen+ipv4Len:]) & mask, mask != closerLook && w&wireFrag == 0
	}
	if word&wireHeader6 != wireHeaderIPv6 || len(b) < quickIPv6Len {
		return 0, 0, false
	}
	proto, w := b[etherLen+ipv6Next], le32(b[etherLen+ipv6Len:])
	if isExtension(proto) {
		if proto, w, ok = skipExtensions(b[etherLen+ipv6Len:], proto); !ok {
			return 0, 0, false
		}
	}
	mask := encapMask[proto]
	x := le64(b[etherLen+ipv6Src:]) ^ le64(b[etherLen+ipv6Src+8:]) ^
		le64(b[etherLen+ipv6Dst:]) ^ le64(b[etherLen+ipv6Dst+8:])
	return uint32(x) ^ uint32(x>>32), w & mask, mask != closerLook
}

// deepSum hashes a frame that the quick functions of policy Flow refused. It takes the
// results of quickFlowUntag.
func (f *flowKey) deepSum(frame, seen []byte, word uint32) uint32 {
	b, scope := seen, uint64(0)
	if isTag(word) && len(frame) >= quickLen+2*tagLen {
		b, word = frame[2*tagLen:], le32(frame[etherType+2*tagLen:])
		tags := binary.BigEndian.Uint64(frame[etherType:])
		scope = round(scopeVLANs^(tags>>32&0x0fff<<12|tags&0x0fff)^f.k[6], f.k[7])
	}
	if word&wireHeader == wireHeaderIPv4 && len(b) >= quickIPv4Len {
		w := le32(b[etherLen+ipv4Frag:])
		if mask := f.mask[w>>24]; mask != closerLook && w&wireFrag == 0 {
			rest := uint64(le32(b[etherLen+ipv4Len:]))&mask | uint64(w>>24)<<32
			return f.finish(round(le64(b[etherLen+ipv4Src:])^scope^f.k[0], rest^f.k[1]))
		}
	} else if word&wireHeader6 == wireHeaderIPv6 && len(b) >= quickIPv6Len {
		proto, w, ok := skipExtensions(b[etherLen+ipv6Len:], b[etherLen+ipv6Next])
		if mask := f.mask[proto]; ok && mask != closerLook {
			ip := (*[ipv6Len]byte)(b[etherLen:])
			a := round(le64(ip[ipv6Src:])^f.k[4], le64(ip[ipv6Src+8:])^f.k[5]) ^
				round(le64(ip[ipv6Dst:])^f.k[6], le64(ip[ipv6Dst+8:])^f.k[7])
			return f.finish(round(a^scope^f.k[0], restIPv6(le32(ip[:]), w, mask, proto)^f.k[1]))
		}
	}
	return f.flowSum(frame, nil)
}

// restIPv6 is tuple.rest for an IPv6 frame. ip is the word at the start of the IPv6
// header, w the one at the start of the transport header, and mask belongs to proto.
func restIPv6(ip, w uint32, mask uint64, proto uint8) uint64 {
	return (uint64(ip)<<32|uint64(w))&mask ^ uint64(proto)<<32 ^ uint64(kindIPv6)<<48
}
