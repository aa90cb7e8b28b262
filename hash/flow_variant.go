package hash

// variantSum is sum32 for the symmetric and hardened variants.
func (f *flowKey) variantSum(frame, seen []byte, word uint32) uint32 {
	if word&wireHeader == wireHeaderIPv4 && len(seen) >= quickIPv4Len {
		w := le32(seen[etherLen+ipv4Frag:])
		if mask := f.mask[w>>24]; mask != closerLook && w&wireFrag == 0 {
			rest := uint64(le32(seen[etherLen+ipv4Len:])&mask) | uint64(w>>24)<<32
			return f.variantIPv4(le64(seen[etherLen+ipv4Src:]), rest)
		}
	}
	if word&wireHeader6 == wireHeaderIPv6 && len(seen) >= quickIPv6Len {
		proto := seen[etherLen+ipv6Next]
		if mask := f.mask[proto]; mask != closerLook {
			ports := le32(seen[etherLen+ipv6Len:]) & mask
			return f.sum(tupleIPv6((*[ipv6Len]byte)(seen[etherLen:]), ports, proto))
		}
	}
	return f.flowSum(frame, nil)
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
