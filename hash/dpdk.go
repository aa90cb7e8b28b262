package hash

import "encoding/binary"

// dpdkSum returns the hash that the DPDK bonding driver computes on a little-endian
// machine. A header that the frame does not hold counts as absent, where DPDK would read
// past the end of the frame.
func (v view) dpdkSum(p Policy, t *Trace) uint32 {
	if len(v.seen) < etherLen {
		t.note(NoteTruncated)
		return 0
	}
	addrs, transport := uint32(0), uint32(0)
	if p != DPDKLayer2 {
		addrs, transport = v.dpdkConversation(p == DPDKLayer34, t)
	}
	if p == DPDKLayer34 {
		t.word("addresses", addrs)
		t.word("ports", transport)
		return fold(addrs ^ transport)
	}
	t.read("destination and source address", v.frame, 0, 12)
	a := le64(v.frame) ^ uint64(le32(v.frame[8:]))
	ether := uint32(uint16(a) ^ uint16(a>>16) ^ uint16(a>>32) ^ uint16(a>>48))
	t.word("addresses of the Ethernet header", ether)
	if p == DPDKLayer2 {
		return ether ^ ether>>8
	}
	t.word("addresses", addrs)
	return fold(ether ^ addrs)
}

// dpdkConversation looks through one tag of either type and a C-tag after it.
func (v view) dpdkConversation(withPorts bool, t *Trace) (addrs, transport uint32) {
	b := v.seen
	for i, tags := 0, []uint16{typeCTag, typeSTag}; i < 2; i++ {
		typ := binary.BigEndian.Uint16(b[etherType:])
		if typ != tags[0] && (i > 0 || typ != tags[1]) || len(b) < etherLen+tagLen {
			break
		}
		b = b[tagLen:]
	}
	p, ok := parseIP(binary.BigEndian.Uint16(b[etherType:]), b[etherLen:], t)
	if !ok || !withPorts {
		return p.addrs, 0
	}
	// In an IPv4 packet DPDK wants one octet after the TCP or UDP header, so a bare ACK
	// has no ports. In an IPv6 packet it wants the ports only.
	ipv4 := binary.BigEndian.Uint16(b[etherType:]) == typeIPv4
	need := 4
	switch {
	case p.proto == protoTCP && ipv4:
		need = 20 + 1
	case p.proto == protoUDP && ipv4:
		need = 8 + 1
	case p.proto == protoTCP, p.proto == protoUDP:
	default:
		t.noteNoPorts(p.proto)
		return p.addrs, 0
	}
	if len(p.payload) < need {
		t.note(NoteTruncated)
		return p.addrs, 0
	}
	w := ports(p, t)
	return p.addrs, w&0xffff ^ w>>16
}
