package hash

import "encoding/binary"

// A view is a frame as the policies of Linux see it.
type view struct {
	frame []byte // whole: the addresses are at its start
	// seen has the EtherType at etherType and what follows behind it. It is a
	// suffix of frame that starts before the EtherType that counts.
	seen []byte
	// tci is the tag beside the frame, if beside.
	tci    uint16
	beside bool
	// behindTags says that the network header is taken to be behind all tags.
	behindTags bool
}

// look returns the frame as seen through a TagView.
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

// linuxSum is the plain way of every policy of Linux, complete and for any frame.
// The quick functions take common frames off its hands and must agree with it.
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

// vlanSrcMAC mixes the tag beside the frame and the two halves of the source
// address. A tag in the frame does not count.
func (v view) vlanSrcMAC(t *Trace) uint32 {
	b := v.frame
	if len(b) < etherLen {
		return 0
	}
	if t != nil {
		t.read("source address", b, 6, 6)
		if v.beside {
			t.word("tag beside the frame", uint32(v.tci))
		}
	}
	vendor := uint32(b[6])<<16 | uint32(b[7])<<8 | uint32(b[8])
	device := uint32(b[9])<<16 | uint32(b[10])<<8 | uint32(b[11])
	return vendor ^ device ^ uint32(v.tci)
}
