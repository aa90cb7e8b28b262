package hash

import "encoding/binary"

// ipv4 handles an IPv4 header.
func (d *dissector) ipv4() verdict {
	if !d.has(ipv4Len) {
		return walkFailed
	}
	p, _ := parseIPv4(d.rest, d.trace)
	length := int(d.rest[0]&0x0f) * 4
	if length < ipv4Len {
		d.trace.note(NoteBadHeader)
		return walkFailed
	}
	fragment := binary.BigEndian.Uint16(d.rest[ipv4Frag:])&ipv4MoreFrag != 0
	d.addrs, d.proto = p.addrs, d.rest[ipv4Proto]
	if fragment {
		return walkDone
	}
	d.rest = p.payload
	return walkProtocol
}

// ipv6 handles an IPv6 header.
func (d *dissector) ipv6() verdict {
	p, ok := parseIPv6(d.rest, d.trace)
	if !ok {
		return walkFailed
	}
	d.addrs, d.proto, d.rest = p.addrs, p.proto, p.payload
	return walkProtocol
}

// protocol handles the header of the current IP protocol.
func (d *dissector) protocol() verdict {
	switch d.proto {
	case protoIPIP:
		d.trace.note(NoteTunnel)
		return d.enter(typeIPv4, 0)
	case protoIPv6:
		d.trace.note(NoteTunnel)
		return d.enter(typeIPv6, 0)
	case protoGRE:
		return d.gre()
	case protoMPLS:
		return walkDone
	case protoICMP, protoICMPv6:
		if d.withPorts {
			d.transport = icmpQuery(d.rest, d.trace)
		}
		return walkDone
	case extHopByHop, extRouting, extDestination:
		if d.etherType != typeIPv6 {
			break
		}
		if !d.has(2) {
			return walkFailed
		}
		d.proto = d.rest[0]
		d.skip((int(d.rest[1]) + 1) * 8)
		return walkProtocol
	case extFragment:
		if d.etherType != typeIPv6 {
			break
		}
		if !d.has(fragExtLen) {
			return walkFailed
		}
		d.trace.note(NoteFragment)
		return walkDone
	}
	if d.withPorts {
		d.transport = ports(ipPacket{proto: d.proto, payload: d.rest}, d.trace)
	}
	return walkDone
}

// Flags of a GRE header.
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080
	greVersion  = 0x0007
)

// gre handles a GRE header.
func (d *dissector) gre() verdict {
	if !d.has(4) {
		return walkFailed
	}
	flags, typ := binary.BigEndian.Uint16(d.rest), binary.BigEndian.Uint16(d.rest[2:])
	version := flags & greVersion
	if flags&greRouting != 0 || version > 1 ||
		version == 1 && (typ != typePPTP || flags&greKey == 0) {
		d.trace.note(NoteNoPorts)
		return walkDone
	}
	length := 4
	if flags&greChecksum != 0 {
		length += 4
	}
	if flags&greKey != 0 {
		length += 4
		if !d.has(length) {
			return walkFailed
		}
	}
	if flags&greSequence != 0 {
		length += 4
	}
	switch {
	case version == 1:
		if flags&greAck != 0 {
			length += 4
		}
		length += pppLen
		if !d.has(length) {
			return walkFailed
		}
		switch binary.BigEndian.Uint16(d.rest[length-2:]) {
		case pppIPv4:
			typ = typeIPv4
		case pppIPv6:
			typ = typeIPv6
		}
	case typ == typeTEB:
		length += etherLen
		if !d.has(length) {
			return walkFailed
		}
		typ = binary.BigEndian.Uint16(d.rest[length-2:])
	}
	d.trace.note(NoteTunnel)
	return d.enter(typ, length)
}
