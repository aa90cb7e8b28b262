package hash

// variantSums is sums for the symmetric and hardened variants.
func (f *flowKey) variantSums(dst []uint32, frames [][]byte) {
	dst = dst[:len(frames)]
	for i, b := range frames {
		if len(b) >= quickIPv4Len {
			head := (*[quickIPv4Len]byte)(b)
			w := le32(head[etherLen+ipv4Frag:])
			mask := f.mask[w>>24]
			if le32(head[etherType:])&wireHeader == wireHeaderIPv4 && mask != closerLook && w&wireFrag == 0 {
				rest := uint64(le32(head[etherLen+ipv4Len:]))&mask | uint64(w>>24)<<32
				dst[i] = f.variantIPv4(le64(head[etherLen+ipv4Src:]), rest)
				continue
			}
		}
		dst[i] = f.sum32(b)
	}
}

// variantSum is sum32 for the symmetric and hardened variants.
func (f *flowKey) variantSum(frame, seen []byte, word uint32) uint32 {
	if isTag(word) { // more than one
		return f.flowSum(frame, nil)
	}
	if word&wireHeader == wireHeaderIPv4 && len(seen) >= quickIPv4Len {
		w := le32(seen[etherLen+ipv4Frag:])
		if mask := f.mask[w>>24]; mask != closerLook && w&wireFrag == 0 {
			rest := uint64(le32(seen[etherLen+ipv4Len:]))&mask | uint64(w>>24)<<32
			return f.variantIPv4(le64(seen[etherLen+ipv4Src:]), rest)
		}
	}
	if word&wireHeader6 == wireHeaderIPv6 && len(seen) >= quickIPv6Len {
		proto, w, ok := skipExtensions(seen[etherLen+ipv6Len:], seen[etherLen+ipv6Next])
		if mask := f.mask[proto]; ok && mask != closerLook {
			t := tupleIPv6((*[ipv6Len]byte)(seen[etherLen:]), w, mask, proto)
			return f.sum(&t)
		}
	}
	return f.flowSum(frame, nil)
}

// variantIPv4 is sum for an IPv4 packet in the symmetric and hardened variants of Flow.
func (f *flowKey) variantIPv4(addrs, rest uint64) uint32 {
	src, dst := addrs&0xffffffff, addrs>>32
	if !f.hardened {
		x := round(src^rest<<48^f.k[0], f.k[1]) + round(dst^rest>>16<<48^f.k[0], f.k[1])
		return uint32(round(x^f.k[2], rest&^0xffffffff^f.k[3]))
	}
	sport, dport := rest&0xffff, rest>>16&0xffff
	if f.symmetric && (dst < src || dst == src && dport < sport) {
		addrs, rest = dst|src<<32, rest&^0xffffffff|dport|sport<<16
	}
	return newSip(f.sip).sum2(addrs, rest|13<<56)
}
