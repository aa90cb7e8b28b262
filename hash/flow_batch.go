package hash

// sum32 hashes one frame.
func (f *flowKey) sum32(frame []byte) uint32 {
	if len(frame) < quickLen {
		return f.flowSum(frame, nil)
	}
	seen, word := quickFlowUntag(frame)
	if f.variant {
		return f.variantSum(frame, seen, word)
	}
	if word&wireHeader == wireHeaderIPv4 && len(seen) >= quickIPv4Len {
		head := (*[quickIPv4Len]byte)(seen)
		w := le32(head[etherLen+ipv4Frag:])
		if mask := f.mask[w>>24]; mask != closerLook && w&wireFrag == 0 {
			rest := uint64(le32(head[etherLen+ipv4Len:]))&mask | uint64(w>>24)<<32
			return f.finish(round(le64(head[etherLen+ipv4Src:])^f.k[0], rest^f.k[1]))
		}
	} else if word&wireHeader6 == wireHeaderIPv6 {
		if sum, ok := f.quickIPv6(seen); ok {
			return sum
		}
	}
	return f.deepSum(frame, seen, word)
}

// sums hashes a batch. dst is as long as frames.
func (f *flowKey) sums(dst []uint32, frames [][]byte) {
	dst = dst[:len(frames)]
	if f.variant {
		f.variantSums(dst, frames)
		return
	}
	k0, k1, k2, k3, masks := f.k[0], f.k[1], f.k[2], f.k[3], f.mask
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			// The most common frames need no call.
			head := (*[quickIPv4Len]byte)(b)
			w := le32(head[etherLen+ipv4Frag:])
			mask := masks[w>>24]
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && mask != closerLook && w&wireFrag == 0 {
				rest := uint64(le32(head[etherLen+ipv4Len:]))&mask | uint64(w>>24)<<32
				x := round(le64(head[etherLen+ipv4Src:])^k0, rest^k1)
				dst[i] = uint32(round(x^k2, k3))
				continue
			}
		}
		if len(b) >= quickIPv6Len && le32(b[etherType:])&wireHeader6 == wireHeaderIPv6 {
			// This is quickIPv6 without a call.
			head := (*[quickIPv6Len]byte)(b)
			proto := head[etherLen+ipv6Next]
			if mask := masks[proto]; mask != closerLook {
				a := round(le64(head[etherLen+ipv6Src:])^f.k[4], le64(head[etherLen+ipv6Src+8:])^f.k[5]) ^
					round(le64(head[etherLen+ipv6Dst:])^f.k[6], le64(head[etherLen+ipv6Dst+8:])^f.k[7])
				rest := restIPv6(le32(head[etherLen:]), le32(head[etherLen+ipv6Len:]), mask, proto)
				dst[i] = uint32(round(round(a^k0, rest^k1)^k2, k3))
				continue
			}
			if sum, ok := f.quickIPv6(b); ok { // after an extension header
				dst[i] = sum
				continue
			}
		}
		dst[i] = f.sum32(b)
	}
}

// quickFlowUntag steps over one tag of a frame of at least quickLen octets. It
// also returns the word at the EtherType.
func quickFlowUntag(frame []byte) (seen []byte, word uint32) {
	seen, word = frame, le32(frame[etherType:])
	if isTag(word) {
		seen, word = frame[tagLen:], le32(frame[etherType+tagLen:])
	}
	return seen, word
}

// quickIPv6 hashes a frame whose EtherType and version are those of IPv6. It accepts an
// extension header of eight octets. ok is false for frames that need a closer look.
func (f *flowKey) quickIPv6(b []byte) (sum uint32, ok bool) {
	if len(b) < quickIPv6Len {
		return 0, false
	}
	head := (*[quickIPv6Len]byte)(b)
	proto, w := head[etherLen+ipv6Next], le32(head[etherLen+ipv6Len:])
	mask := f.mask[proto]
	if mask == closerLook {
		if !isExtension(proto) || len(b) < quickIPv6ExtLen || b[etherLen+ipv6Len+1] != 0 {
			return 0, false
		}
		proto, w = b[etherLen+ipv6Len], le32(b[etherLen+ipv6Len+8:])
		if mask = f.mask[proto]; mask == closerLook {
			return 0, false
		}
	}
	a := round(le64(head[etherLen+ipv6Src:])^f.k[4], le64(head[etherLen+ipv6Src+8:])^f.k[5]) ^
		round(le64(head[etherLen+ipv6Dst:])^f.k[6], le64(head[etherLen+ipv6Dst+8:])^f.k[7])
	return f.finish(round(a^f.k[0], restIPv6(le32(head[etherLen:]), w, mask, proto)^f.k[1])), true
}
