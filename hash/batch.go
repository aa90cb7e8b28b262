package hash

import "encoding/binary"

// The batch functions return the same as Sum32. Each policy has its own loop, so that
// the quick functions are inlined and only odd frames cost a call. dst is as long as
// frames.

func sums2(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)] // once here instead of a check per frame
	lowest := uint16(typeCTag)
	if tags != TagStripped {
		lowest = 0xffff // no tag is looked through
	}
	for i, b := range frames {
		if len(b) < quickLen {
			dst[i] = etherWord(b, untag(b, tags))
			continue
		}
		head := (*[quickLen]byte)(b)
		typ := binary.BigEndian.Uint16(head[etherType:])
		if typ >= lowest && (typ == typeCTag || typ == typeSTag) {
			typ = binary.BigEndian.Uint16(head[etherType+tagLen:])
		}
		dst[i] = uint32(head[dstLast]^head[srcLast]) ^ uint32(typ)
	}
}

func sums23(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			// The most common frames need a single test of the length.
			head := (*[quickIPv4Len]byte)(b)
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && quickMask[head[etherLen+ipv4Proto]] != closerLook {
				dst[i] = fold(typeIPv4 ^ uint32(head[dstLast]^head[srcLast]) ^
					le32(head[etherLen+ipv4Src:]) ^ le32(head[etherLen+ipv4Dst:]))
				continue
			}
		}
		if len(b) < quickLen {
			dst[i] = etherWord(b, untag(b, tags))
			continue
		}
		seen, word := quickUntag(b, tags)
		ether := uint32(b[dstLast]^b[srcLast]) ^ number(word)
		switch uint16(word) {
		case wireIPv4:
			if addrs, _, ok := quickIPv4(seen, word); ok {
				dst[i] = fold(ether ^ addrs)
				continue
			}
		case wireIPv6:
			if addrs, _, ok := quickIPv6(seen); ok {
				dst[i] = fold(ether ^ addrs)
				continue
			}
		default:
			dst[i] = ether
			continue
		}
		dst[i] = look(b, tags).linuxSum(Layer23, nil)
	}
}

func sums34(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			head := (*[quickIPv4Len]byte)(b)
			w := le32(head[etherLen+ipv4Frag:])
			mask := quickMask[w>>24]
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && mask != closerLook && w&wireFrag == 0 {
				dst[i] = fold(le32(head[etherLen+ipv4Src:])^le32(head[etherLen+ipv4Dst:])^
					le32(head[etherLen+ipv4Len:])&mask) >> 1
				continue
			}
		}
		if len(b) < quickLen {
			dst[i] = etherWord(b, untag(b, tags))
			continue
		}
		seen, word := quickUntag(b, tags)
		switch uint16(word) {
		case wireIPv4:
			if addrs, transport, ok := quickIPv4(seen, word); ok {
				dst[i] = fold(addrs^transport) >> 1
				continue
			}
		case wireIPv6:
			if addrs, transport, ok := quickIPv6(seen); ok {
				dst[i] = fold(addrs^transport) >> 1
				continue
			}
		default:
			dst[i] = uint32(b[dstLast]^b[srcLast]) ^ number(word)
			continue
		}
		dst[i] = look(b, tags).linuxSum(Layer34, nil)
	}
}

func sumsEncap23(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			head := (*[quickIPv4Len]byte)(b)
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && encapMask[head[etherLen+ipv4Proto]] != closerLook {
				dst[i] = fold(typeIPv4 ^ uint32(head[dstLast]^head[srcLast]) ^
					le32(head[etherLen+ipv4Src:]) ^ le32(head[etherLen+ipv4Dst:]))
				continue
			}
		}
		if len(b) >= quickLen {
			seen, word := quickUntag(b, tags)
			typ := number(word)
			if isTag(word) && tags != TagSocket {
				seen, word = skipTags(seen, word)
			}
			if addrs, _, ok := quickInnermost(seen, word); ok {
				dst[i] = fold(uint32(b[dstLast]^b[srcLast]) ^ typ ^ addrs)
				continue
			}
		}
		dst[i] = encapSum(b, tags, false)
	}
}

func sumsEncap34(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			head := (*[quickIPv4Len]byte)(b)
			w := le32(head[etherLen+ipv4Frag:])
			mask := encapMask[w>>24]
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && mask != closerLook && w&wireFrag == 0 {
				dst[i] = fold(le32(head[etherLen+ipv4Src:])^le32(head[etherLen+ipv4Dst:])^
					le32(head[etherLen+ipv4Len:])&mask) >> 1
				continue
			}
		}
		if len(b) >= quickLen {
			seen, word := quickUntag(b, tags)
			if isTag(word) && tags != TagSocket {
				seen, word = skipTags(seen, word)
			}
			if addrs, transport, ok := quickInnermost(seen, word); ok {
				dst[i] = fold(addrs^transport) >> 1
				continue
			}
		}
		dst[i] = encapSum(b, tags, true)
	}
}

// encapSum hashes one frame by Encap34, or by Encap23 if withPorts is false.
func encapSum(b []byte, tags TagView, withPorts bool) uint32 {
	if len(b) >= quickLen && tags != TagSocket {
		seen, word := quickUntag(b, tags)
		if addrs, transport, ok := deepInnermost(seen, word); ok {
			if withPorts {
				return fold(addrs^transport) >> 1
			}
			return fold(uint32(b[dstLast]^b[srcLast]) ^ number(word) ^ addrs)
		}
	}
	if withPorts {
		return look(b, tags).linuxSum(Encap34, nil)
	}
	return look(b, tags).linuxSum(Encap23, nil)
}
