package hash

import "slices"

// A Field is a piece of a frame that went into its hash.
type Field struct {
	// Name describes the field, such as "IPv4 addresses".
	Name string
	// Offset is its place, in octets from the start of the frame.
	Offset int
	// Octets are its octets. They share memory with the frame.
	Octets []byte
}

// A Word is a number on the way from the fields to the hash.
type Word struct {
	Name  string
	Value uint32
}

// A Trace explains how a frame got its hash and its member. Its String is meant for
// people.
type Trace struct {
	Policy Policy
	Tags   TagView
	// Length is the length of the frame, in octets.
	Length int
	// Fields are the fields read, in the order of reading. Where the packet in a tunnel
	// or in an ICMP error replaced the outer one, the fields of the outer one are
	// included.
	Fields []Field
	// Words are the words that the policies of Linux and DPDK mix by exclusive or and
	// then fold. Flow has no words, because its rounds are keyed.
	Words []Word
	// Notes explain why no more fields were read.
	Notes []Note
	// Hash is what Sum32 returns.
	Hash uint32

	// Picked reports whether a member was picked; it is in Member. Bucket is the
	// bucket of the hash, or -1 without buckets.
	Picked bool
	Bucket int
	Member uint16
}

// Explain returns how h hashes a frame. It allocates and is slow.
func (h Hasher) Explain(frame []byte) *Trace {
	t := &Trace{Policy: h.policy, Tags: h.tags, Length: len(frame), Bucket: -1}
	t.Hash = h.plainSum(look(frame, h.tags), t)
	return t
}

// The functions below do nothing on a nil Trace. Sum32 passes one; the functions are small
// enough to be inlined, so it pays for no calls.

// read records n octets at an offset of a suffix of the frame.
func (t *Trace) read(name string, suffix []byte, at, n int) {
	if t != nil {
		t.addField(name, suffix, at, n)
	}
}

// word records a word.
func (t *Trace) word(name string, value uint32) {
	if t != nil {
		t.addWord(name, value)
	}
}

// note records a Note once.
func (t *Trace) note(n Note) {
	if t != nil {
		t.addNote(n)
	}
}

// noteTag records that a VLAN tag hides the packet.
func (t *Trace) noteTag() {
	if t != nil {
		t.addTagNote()
	}
}

// noteNoPorts records why a protocol has no ports.
func (t *Trace) noteNoPorts(proto uint8) {
	if t != nil {
		t.addNoPorts(proto)
	}
}

func (t *Trace) addField(name string, suffix []byte, at, n int) {
	if at >= 0 && at+n <= len(suffix) {
		t.Fields = append(t.Fields, Field{name, t.Length - len(suffix) + at, suffix[at : at+n : at+n]})
	}
}

func (t *Trace) addWord(name string, value uint32) {
	t.Words = append(t.Words, Word{name, value})
}

func (t *Trace) addNote(n Note) {
	if !slices.Contains(t.Notes, n) {
		t.Notes = append(t.Notes, n)
	}
}

func (t *Trace) addTagNote() {
	if t.Tags == TagStripped {
		t.addNote(NoteInnerTag)
	} else {
		t.addNote(NoteInlineTag)
	}
}

func (t *Trace) addNoPorts(proto uint8) {
	switch {
	case proto == protoNone && len(t.Notes) > 0: // a fragment
	case proto == extHopByHop, proto == extRouting, proto == extFragment, proto == extDestination:
		t.addNote(NoteExtensionHeader)
	default:
		t.addNote(NoteNoPorts)
	}
}
