package hash

import "encoding/binary"

// A view is a frame as the policies of Linux see it.
type view struct {
	frame []byte // whole: the addresses are at its start
	// seen is the suffix of frame with the relevant EtherType at offset etherType and
	// the packet after it.
	seen []byte
	// tci is the tag kept outside the frame, if there is one.
	tci    uint16
	beside bool
	// behindTags reports whether the network header is assumed to follow all tags.
	behindTags bool
}

// look returns the view of a frame through a TagView.
func look(frame []byte, tags TagView) view {
	v := view{frame: frame, seen: untag(frame, tags), behindTags: tags == TagSocket}
	if len(v.seen) != len(frame) {
		v.tci, v.beside = binary.BigEndian.Uint16(frame[etherType+2:]), true
	}
	return v
}

// ether mixes the Ethernet header.
func (v view) ether(t *Trace) uint32 {
	if t != nil && len(v.seen) >= etherLen {
		t.read("destination address, last octet", v.frame, dstLast, 1)
		t.read("source address, last octet", v.frame, srcLast, 1)
		t.read("EtherType", v.seen, etherType, 2)
	}
	return etherWord(v.frame, v.seen)
}

// linuxSum is the plain implementation of every policy of Linux. It is complete and takes
// any frame. The quick functions handle common frames and must agree with it.
func (v view) linuxSum(p Policy, t *Trace) uint32 {
	var addrs, transport uint32
	var ok bool
	switch p {
	case Layer2:
		return v.ether(t)
	case VLANSrcMAC:
		return v.vlanSrcMAC(t)
	case Encap23, Encap34:
		addrs, transport, ok = v.innermost(p == Encap34, t)
	default:
		addrs, transport, ok = v.conversation(p == Layer34, t)
	}
	if !ok {
		t.note(NoteEtherOnly)
		return v.ether(t)
	}
	if p == Layer34 || p == Encap34 {
		t.word("addresses", addrs)
		t.word("transport", transport)
		// Linux drops the lowest bit here and nowhere else.
		return fold(addrs^transport) >> 1
	}
	ether := v.ether(t)
	t.word("Ethernet header", ether)
	t.word("addresses", addrs)
	return fold(ether ^ addrs)
}

// vlanSrcMAC mixes the tag kept outside the frame and the two halves of the source
// address. A tag in the frame does not count.
func (v view) vlanSrcMAC(t *Trace) uint32 {
	b := v.frame
	if len(b) < etherLen {
		return 0
	}
	if t != nil {
		t.read("source address", b, 6, 6)
		if v.beside {
			t.word("tag outside the frame", uint32(v.tci))
		}
	}
	vendor := uint32(b[6])<<16 | uint32(b[7])<<8 | uint32(b[8])
	device := uint32(b[9])<<16 | uint32(b[10])<<8 | uint32(b[11])
	return vendor ^ device ^ uint32(v.tci)
}
