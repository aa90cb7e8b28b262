package hash

import "encoding/binary"

// l2tp reads an L2TP header (RFC 2661, RFC 3931) in UDP. Control messages are hashed by
// the outer addresses.
func (w *flowWalk) l2tp(b []byte) {
	const (
		control     = 0x8000
		hasLength   = 0x4000
		hasSequence = 0x0800
		hasOffset   = 0x0200
		version     = 0x000f
	)
	if len(b) < 2 {
		return
	}
	flags := binary.BigEndian.Uint16(b)
	if flags&version == 3 && flags&control == 0 && len(b) >= 4 {
		w.l2tpSession(b[4:])
		return
	}
	if flags&version != 2 || flags&control != 0 {
		return
	}
	at := 2
	if flags&hasLength != 0 {
		at += 2
	}
	end := at + 4
	if flags&hasSequence != 0 {
		end += 4
	}
	if flags&hasOffset != 0 && len(b) >= end+2 {
		end += 2 + int(binary.BigEndian.Uint16(b[end:]))
	}
	if len(b) < end {
		return
	}
	w.session(piece{scopeL2TP, uint64(binary.BigEndian.Uint32(b[at:])), "L2TP tunnel and session", b, at, 4}, b[end:])
}

// l2tpSession reads the session of version 3. It does not look into the rest, because only
// the two ends know how long the cookie is and what the session carries. Session 0 is for
// control messages.
func (w *flowWalk) l2tpSession(b []byte) bool {
	if len(b) < 4 || binary.BigEndian.Uint32(b) == 0 {
		return false
	}
	w.encloseOneWay(piece{scopeL2TP, uint64(binary.BigEndian.Uint32(b)), "L2TP session", b, 0, 4})
	return true
}

// session continues with a PPP frame in a tunnel. The session counts together with the
// packet inside, or with the outer packet if the inner one cannot be read.
func (w *flowWalk) session(id piece, b []byte) bool {
	kept := w.flowFound
	w.tunnels++
	w.scope = 0
	if w.ppp(b) {
		w.trace.note(NoteTunnel)
	} else {
		w.flowFound = kept
	}
	w.encloseOneWay(id)
	return true
}
