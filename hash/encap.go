package hash

import "encoding/binary"

// EtherTypes that Linux's flow dissector follows besides IP and tags.
const (
	typeARP      = 0x0806
	typeRARP     = 0x8035
	typeTEB      = 0x6558 // Ethernet in a tunnel
	typePPTP     = 0x880b // PPP in GRE
	typeMPLS     = 0x8847
	typeMPLSMany = 0x8848
	typePPPoE    = 0x8864
	typePRP      = 0x88fb
	typePTP      = 0x88f7
	typeFCoE     = 0x8906
	typeHSR      = 0x892f
)

// PPP protocols.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
)

// Header lengths.
const (
	pppoeLen   = 8 // with the PPP protocol
	prpLen     = 6
	ptpLen     = 34
	fcoeLen    = 38
	pppLen     = 4
	fragExtLen = 8
)

// maxHeaders is the number of headers that Linux steps over before it stops and uses the
// addresses and ports found so far.
const maxHeaders = 15

// socketTags is the number of tags that Linux looks past for a packet socket.
const socketTags = 7

// A verdict is the result of one step of the walk.
type verdict uint8

const (
	walkEtherType verdict = iota // continue with an EtherType
	walkProtocol                 // continue with an IP protocol
	walkDone                     // the walk ends and its result is valid
	walkFailed                   // the headers make no sense; hash the Ethernet header
)

// A dissector walks over the headers of a frame as Linux's flow dissector does for the
// encap policies. It takes the addresses from the last IP header and the ports from the
// last transport header.
type dissector struct {
	rest             []byte // the part of the frame not walked over yet
	addrs, transport uint32
	etherType        uint16 // type of the header at the start of rest
	proto            uint8  // IP protocol of the header at the start of rest
	// This is the EtherType after the tag kept outside the frame. If besideTag is set,
	// Linux reads it a second time in place of the first tag it meets in the frame.
	beside    uint16
	besideTag bool
	withPorts bool
	trace     *Trace
}

// innermost is like conversation, but reads the innermost headers.
func (v view) innermost(withPorts bool, t *Trace) (addrs, transport uint32, ok bool) {
	if len(v.seen) < etherLen {
		t.note(NoteTruncated)
		return 0, 0, false
	}
	d := dissector{
		rest:      v.seen[etherLen:],
		etherType: binary.BigEndian.Uint16(v.seen[etherType:]),
		besideTag: v.beside,
		withPorts: withPorts,
		trace:     t,
	}
	d.beside = d.etherType
	if v.behindTags {
		d.rest = behindTags(d.etherType, d.rest)
	}
	ok = d.walk()
	return d.addrs, d.transport, ok
}

// behindTags returns the octets after the last tag, or b if it does not find the last tag.
func behindTags(typ uint16, b []byte) []byte {
	rest := b
	for range socketTags {
		if typ != typeCTag && typ != typeSTag {
			return rest
		}
		if len(rest) < tagLen {
			return b
		}
		typ, rest = binary.BigEndian.Uint16(rest[2:]), rest[tagLen:]
	}
	if typ == typeCTag || typ == typeSTag {
		return b
	}
	return rest
}

// walk reports whether the headers made sense.
func (d *dissector) walk() bool {
	next := walkEtherType
	for headers := 0; ; headers++ {
		if headers > maxHeaders {
			d.trace.note(NoteTooManyHeaders)
			if next == walkProtocol && d.withPorts {
				// Linux reads the ports together with the last extension header.
				d.transport = ports(ipPacket{proto: d.proto, payload: d.rest}, d.trace)
			}
			return true
		}
		if next == walkEtherType {
			next = d.ether()
		}
		// Linux does not count the step from an IP header to its payload.
		if next == walkProtocol {
			next = d.protocol()
		}
		if next >= walkDone {
			return next == walkDone
		}
	}
}

// skip drops n octets, or all octets if fewer are left.
func (d *dissector) skip(n int) { d.rest = d.rest[min(n, len(d.rest)):] }

// has reports whether at least n octets are left.
func (d *dissector) has(n int) bool {
	if len(d.rest) < n {
		d.trace.note(NoteTruncated)
		return false
	}
	return true
}

// enter skips n octets and continues with an EtherType.
func (d *dissector) enter(typ uint16, n int) verdict {
	d.etherType = typ
	d.skip(n)
	return walkEtherType
}

// ether handles the header of the current EtherType.
func (d *dissector) ether() verdict {
	switch d.etherType {
	case typeIPv4:
		return d.ipv4()
	case typeIPv6:
		return d.ipv6()
	case typeCTag, typeSTag:
		if d.besideTag {
			d.besideTag = false
			d.etherType = d.beside
			return walkEtherType
		}
		if !d.has(tagLen) {
			return walkFailed
		}
		return d.enter(binary.BigEndian.Uint16(d.rest[2:]), tagLen)
	case typePPPoE:
		return d.pppoe()
	case typePRP, typeHSR:
		if !d.has(prpLen) {
			return walkFailed
		}
		return d.enter(binary.BigEndian.Uint16(d.rest[4:]), prpLen)
	case typeMPLS, typeMPLSMany, typeARP, typeRARP:
		return d.noAddresses(0)
	case typeFCoE:
		return d.noAddresses(fcoeLen)
	case typePTP:
		return d.noAddresses(ptpLen)
	}
	d.trace.note(NoteNotIP)
	return walkFailed
}

// noAddresses ends the walk at a header of at least n octets that has no addresses.
func (d *dissector) noAddresses(n int) verdict {
	if !d.has(n) {
		return walkFailed
	}
	d.trace.note(NoteNoAddresses)
	return walkDone
}

// pppoe handles a PPPoE session header and the PPP protocol that follows it.
func (d *dissector) pppoe() verdict {
	if !d.has(pppoeLen) {
		return walkFailed
	}
	if d.rest[0] != 0x11 || d.rest[1] != 0 { // version, type; code
		d.trace.note(NoteBadHeader)
		return walkFailed
	}
	switch ppp := binary.BigEndian.Uint16(d.rest[6:]); {
	case ppp == pppIPv4:
		return d.enter(typeIPv4, pppoeLen)
	case ppp == pppIPv6:
		return d.enter(typeIPv6, pppoeLen)
	case ppp&0x0101 == 0x0001: // RFC 1661: odd, and the first octet even
		return d.noAddresses(0)
	}
	d.trace.note(NoteBadHeader)
	return walkFailed
}
