package hash

import "encoding/binary"

// EtherTypes that the flow dissector of Linux knows beside IP and tags.
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

// maxHeaders is how many headers Linux steps over before it is content with what
// it has found.
const maxHeaders = 15

// socketTags is how many tags Linux looks behind for a packet socket.
const socketTags = 7

// A verdict is what one step of the walk ends with.
type verdict uint8

const (
	walkEtherType verdict = iota // go on with an EtherType
	walkProtocol                 // go on with an IP protocol
	walkDone                     // that is all, and it is good
	walkFailed                   // not to be understood: the Ethernet header counts
)

// A dissector walks over the headers of a frame as Linux's flow dissector does
// for the encap policies: the last IP header met gives the addresses, the last
// transport header the ports.
type dissector struct {
	rest             []byte // what is not walked over yet
	addrs, transport uint32
	etherType        uint16 // of what rest starts with
	proto            uint8  // of what rest starts with, behind IP
	// beside is the EtherType behind the tag beside the frame. Met with a tag
	// in the frame, Linux reads this again once instead of the tag, if besideTag.
	beside    uint16
	besideTag bool
	withPorts bool
	trace     *Trace
}

// innermost is conversation by the innermost headers.
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

// behindTags returns what follows the last tag, or b where that is not found.
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
				// Linux has read them together with the last extension header.
				d.transport = ports(ipPacket{proto: d.proto, payload: d.rest}, d.trace)
			}
			return true
		}
		if next == walkEtherType {
			next = d.ether()
		}
		// Linux goes from an IP header to what it carries without counting.
		if next == walkProtocol {
			next = d.protocol()
		}
		if next >= walkDone {
			return next == walkDone
		}
	}
}

// skip drops n octets, or what there is.
func (d *dissector) skip(n int) { d.rest = d.rest[min(n, len(d.rest)):] }

// has reports whether n octets are there.
func (d *dissector) has(n int) bool {
	if len(d.rest) < n {
		d.trace.note(NoteTruncated)
		return false
	}
	return true
}

// enter goes on with an EtherType behind n octets.
func (d *dissector) enter(typ uint16, n int) verdict {
	d.etherType = typ
	d.skip(n)
	return walkEtherType
}

// ether handles what an EtherType stands for.
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

// noAddresses ends at a header of at least n octets that has no addresses.
func (d *dissector) noAddresses(n int) verdict {
	if !d.has(n) {
		return walkFailed
	}
	d.trace.note(NoteNoAddresses)
	return walkDone
}

// pppoe handles a PPPoE session header with the PPP protocol behind it.
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
