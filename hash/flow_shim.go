package hash

import "encoding/binary"

// PPP protocols that carry MPLS.
const (
	pppMPLS     = 0x0281
	pppMPLSMany = 0x0283
)

const (
	pppoeHeaderLen = 6 // without the PPP protocol

	mplsLen    = 4
	mplsBottom = 0x100
	// Labels below mplsReserved steer the packet and do not identify a flow (RFC 6790).
	mplsReserved = 16
	// flowLabels bounds the walk over a label stack.
	flowLabels = 16
)

// pppoe reads a PPPoE header and the PPP frame in the session (RFC 2516).
func (w *flowWalk) pppoe(b []byte) bool {
	const version, sessionData = 0x11, 0
	switch {
	case len(b) < pppoeHeaderLen:
		w.trace.note(NoteTruncated)
		return false
	case b[0] != version || b[1] != sessionData:
		w.trace.note(NoteBadHeader)
		return false
	}
	w.enclose(piece{scopePPPoE, uint64(binary.BigEndian.Uint16(b[2:])), "PPPoE session", b, 2, 2})
	return w.ppp(b[pppoeHeaderLen:])
}

// ppp reads a PPP frame, with or without address and control field, and with a
// protocol field of one octet or two (RFC 1661, RFC 1662).
func (w *flowWalk) ppp(b []byte) bool {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	var proto uint16
	switch {
	case len(b) >= 1 && b[0]&1 != 0:
		proto, b = uint16(b[0]), b[1:]
	case len(b) >= 2:
		proto, b = binary.BigEndian.Uint16(b), b[2:]
	default:
		w.trace.note(NoteTruncated)
		return false
	}
	switch proto {
	case pppIPv4:
		return w.network(typeIPv4, b)
	case pppIPv6:
		return w.network(typeIPv6, b)
	case pppMPLS:
		return w.network(typeMPLS, b)
	case pppMPLSMany:
		return w.network(typeMPLSMany, b)
	}
	w.trace.note(NoteNotIP)
	return false
}

// mpls reads a label stack (RFC 3032) and the packet below it.
func (w *flowWalk) mpls(b []byte) bool {
	for range flowLabels {
		if len(b) < mplsLen {
			w.trace.note(NoteTruncated)
			return false
		}
		entry := binary.BigEndian.Uint32(b)
		if label := entry >> 12; label >= mplsReserved {
			w.encloseOneWay(piece{scopeMPLS, uint64(label), "MPLS label", b, 0, 3})
		}
		b = b[mplsLen:]
		if entry&mplsBottom != 0 {
			return w.unnamed(b)
		}
	}
	w.trace.note(NoteTooManyHeaders)
	return false
}

// unnamed reads a packet without an explicit type, such as one below a label stack. A
// packet that has the version of IP but not a matching length is something else, such as
// the Ethernet frame of a pseudowire to an address that starts with 4 or 6. Its octets
// differ within a flow.
func (w *flowWalk) unnamed(b []byte) bool {
	switch {
	case len(b) >= ipv4Len && b[0]>>4 == 4 && holds(b, int(binary.BigEndian.Uint16(b[2:])), ipv4Len):
		return w.network(typeIPv4, b)
	case len(b) >= ipv6Len && b[0]>>4 == 6 && holds(b, ipv6Len+int(binary.BigEndian.Uint16(b[4:])), ipv6Len):
		return w.network(typeIPv6, b)
	}
	w.trace.note(NoteNotIP)
	return false
}

// holds reports whether b holds a packet of that length with a header of least octets.
func holds(b []byte, length, least int) bool { return least <= length && length <= len(b) }
