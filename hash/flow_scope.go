package hash

import "encoding/binary"

// The headers around a packet can tell packets of the same addresses and ports apart.
// They become one number, the scope. Each piece is added together with its kind.
const (
	scopeVLANs = (1 + iota) << 56
	scopePPPoE
	scopeMPLS
	scopeL2TP
	scopePPTP
)

// enclose adds a piece to a scope. piece must be below 1<<56.
func (f *flowKey) enclose(scope, kind, piece uint64) uint64 {
	if f.hardened {
		return newSip(f.sip).block(scope).block(kind | piece).finish()
	}
	return round(scope^kind^piece^f.k[6], f.k[7])
}

// vlanIDs appends the identifiers of tags to those in ids. tags starts at the first TPID.
// Four identifiers fit. Priorities do not count, because they change within a flow.
func vlanIDs(ids uint64, tags []byte) uint64 {
	for ; len(tags) >= tagLen; tags = tags[tagLen:] {
		ids = ids<<12 | uint64(binary.BigEndian.Uint16(tags[2:])&0x0fff)
	}
	return ids
}

// A piece is a field around a packet that tells flows apart, and its place.
type piece struct {
	kind, value uint64
	name        string
	from        []byte // suffix of the frame
	at, octets  int
}

// enclose adds a piece to the scope.
func (w *flowWalk) enclose(p piece) {
	w.trace.read(p.name, p.from, p.at, p.octets)
	w.scope = w.key.enclose(w.scope, p.kind, p.value)
}

// encloseOneWay adds a piece that differs between the two directions, unless both
// directions must hash alike.
func (w *flowWalk) encloseOneWay(p piece) {
	if w.both {
		w.trace.note(NoteOneWay)
		return
	}
	w.enclose(p)
}
