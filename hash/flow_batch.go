package hash

// sum32 hashes one frame.
func (f *flowKey) sum32(frame []byte) uint32 {
	if len(frame) < quickLen {
		return f.flowSum(frame, nil)
	}
	seen, word := quickFlowUntag(frame)
	switch uint16(word) {
	case wireIPv4:
		if sum, ok := f.quickIPv4(seen, word); ok {
			return sum
		}
	case wireIPv6:
		if sum, ok := f.quickIPv6(seen, word); ok {
			return sum
		}
	}
	return f.deepSum(frame, seen, word)
}

// sums hashes a batch. dst is as long as frames.
func (f *flowKey) sums(dst []uint32, frames [][]byte) {
	dst = dst[:len(frames)]
	plain := !f.variant
	k0, k1, k2, k3, masks := f.k[0], f.k[1], f.k[2], f.k[3], f.mask
	for i, b := range frames {
		if plain && len(b) >= quickIPv4Len {
			// quickIPv4 without a call, for the most common frames of all.
			head := (*[quickIPv4Len]byte)(b)
			w := le32(head[etherLen+ipv4Frag:])
			mask := masks[w>>24]
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && mask != closerLook && w&wireFrag == 0 {
				rest := uint64(le32(head[etherLen+ipv4Len:])&mask) | uint64(w>>24)<<32
				x := round(le64(head[etherLen+ipv4Src:])^k0, rest^k1)
				dst[i] = uint32(round(x^k2, k3))
				continue
			}
		}
		if len(b) < quickLen {
			dst[i] = f.flowSum(b, nil)
			continue
		}
		seen, word := quickFlowUntag(b)
		switch uint16(word) {
		case wireIPv4:
			if sum, ok := f.quickIPv4(seen, word); ok {
				dst[i] = sum
				continue
			}
		case wireIPv6:
			if sum, ok := f.quickIPv6(seen, word); ok {
				dst[i] = sum
				continue
			}
		}
		dst[i] = f.deepSum(b, seen, word)
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

// quickIPv4 hashes an IPv4 frame whose word at the EtherType is given. ok is
// false for what needs a closer look.
func (f *flowKey) quickIPv4(b []byte, word uint32) (sum uint32, ok bool) {
	if word&wireVersionIHL != wireVersionIHLPlain || len(b) < quickIPv4Len {
		return 0, false
	}
	w := le32(b[etherLen+ipv4Frag:])
	mask := f.mask[w>>24]
	if mask == closerLook || w&wireFrag != 0 {
		return 0, false
	}
	rest := uint64(le32(b[etherLen+ipv4Len:])&mask) | uint64(w>>24)<<32
	if f.variant {
		return f.variantIPv4(le64(b[etherLen+ipv4Src:]), rest), true
	}
	return f.finish(round(le64(b[etherLen+ipv4Src:])^f.k[0], rest^f.k[1])), true
}

// variantIPv4 is sum for an IPv4 packet in the symmetric and hardened variants.
func (f *flowKey) variantIPv4(addrs, rest uint64) uint32 {
	switch {
	case !f.hardened:
		x := round(addrs&0xffffffff^rest<<48^f.k[0], f.k[1]) + round(addrs>>32^rest>>16<<48^f.k[0], f.k[1])
		return uint32(round(x^f.k[2], rest&^0xffffffff^f.k[3]))
	case f.symmetric:
		return f.sum(tupleIPv4(addrs, rest))
	}
	return uint32(newSip(f.sip).block(addrs).block(rest | 13<<56).finish())
}

// quickIPv6 is quickIPv4 for an IPv6 frame.
func (f *flowKey) quickIPv6(b []byte, word uint32) (sum uint32, ok bool) {
	if word&wireVersion != wireVersion6 || len(b) < quickIPv6Len {
		return 0, false
	}
	head := (*[quickIPv6Len]byte)(b)
	proto, w := head[etherLen+ipv6Next], le32(head[etherLen+ipv6Len:])
	if isExtension(proto) && len(b) >= quickIPv6ExtLen && b[etherLen+ipv6Len+1] == 0 {
		proto, w = b[etherLen+ipv6Len], le32(b[etherLen+ipv6Len+8:])
	}
	mask := f.mask[proto]
	if mask == closerLook {
		return 0, false
	}
	if f.variant {
		return f.mixIPv6((*[ipv6Len]byte)(b[etherLen:]), w&mask, proto), true
	}
	a := round(le64(head[etherLen+ipv6Src:])^f.k[4], le64(head[etherLen+ipv6Src+8:])^f.k[5]) ^
		round(le64(head[etherLen+ipv6Dst:])^f.k[6], le64(head[etherLen+ipv6Dst+8:])^f.k[7])
	rest := uint64(w&mask) | uint64(proto)<<32 | uint64(kindIPv6)<<48
	return f.finish(round(a^f.k[0], rest^f.k[1])), true
}

// The word at the EtherType has version and header length in its third octet.
const (
	wireVersion         = 0xf0 << 16
	wireVersion6        = 6 << 20
	wireVersionIHL      = 0xff << 16
	wireVersionIHLPlain = 0x45 << 16
)
