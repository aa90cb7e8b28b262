package hash

// The batch functions do what Sum32 does, one loop per policy, so that the
// quick functions are inlined and nothing but odd frames costs a call. dst is
// as long as frames.

func sums2(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)] // once here instead of a check per frame
	for i, b := range frames {
		if len(b) < quickLen {
			dst[i] = etherWord(b, untag(b, tags))
			continue
		}
		head := (*[quickLen]byte)(b)
		typ := uint32(head[etherType])<<8 | uint32(head[etherType+1])
		if tags == TagStripped && (typ == typeCTag || typ == typeSTag) {
			typ = uint32(head[etherType+tagLen])<<8 | uint32(head[etherType+tagLen+1])
		}
		dst[i] = uint32(head[dstLast]^head[srcLast]) ^ typ
	}
}

func sums23(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
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
		if len(b) >= quickLen {
			seen, word := quickUntag(b, tags)
			if addrs, _, ok := quickInnermost(seen, word); ok {
				dst[i] = fold(uint32(b[dstLast]^b[srcLast]) ^ number(word) ^ addrs)
				continue
			}
			if tags != TagSocket {
				if d, ok := lookDeeper(seen, word, &encapMask); ok {
					dst[i] = fold(uint32(b[dstLast]^b[srcLast]) ^ number(word) ^ d.addrs())
					continue
				}
			}
		}
		dst[i] = look(b, tags).linuxSum(Encap23, nil)
	}
}

func sumsEncap34(dst []uint32, frames [][]byte, tags TagView) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickLen {
			seen, word := quickUntag(b, tags)
			if addrs, transport, ok := quickInnermost(seen, word); ok {
				dst[i] = fold(addrs^transport) >> 1
				continue
			}
			if tags != TagSocket {
				if d, ok := lookDeeper(seen, word, &encapMask); ok {
					dst[i] = fold(d.addrs()^d.rest) >> 1
					continue
				}
			}
		}
		dst[i] = look(b, tags).linuxSum(Encap34, nil)
	}
}
