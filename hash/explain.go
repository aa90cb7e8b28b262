package hash

import "slices"

// A Field is a piece of a frame that went into its hash.
type Field struct {
	// Name says what it is, such as "IPv4 addresses".
	Name string
	// Offset is where it lies, in octets from the start of the frame.
	Offset int
	// Octets are the octets there. They are not copied.
	Octets []byte
}

// A Word is a number on the way from the fields to the hash.
type Word struct {
	Name  string
	Value uint32
}

// A Trace says how a frame came to its hash and its member. Its String is for
// people.
type Trace struct {
	Policy Policy
	Tags   TagView
	// Length is that of the frame, in octets.
	Length int
	// Fields are those that were read, in the order they were. Where the packet
	// in a tunnel or in an ICMP error replaced the outer one, those of the outer
	// one are there, too.
	Fields []Field
	// Words are mixed by exclusive or and then folded, with the policies of
	// Linux and DPDK. Flow has no words: its rounds are keyed.
	Words []Word
	// Notes say why not more was read.
	Notes []Note
	// Hash is what Sum32 returns.
	Hash uint32

	// Picked says that a member was looked for and found: Member. Bucket is the
	// bucket of its hash, or -1 where there are none.
	Picked bool
	Bucket int
	Member uint16
}

// Explain returns how h hashes a frame. It allocates and takes its time.
func (h Hasher) Explain(frame []byte) *Trace {
	t := &Trace{Policy: h.policy, Tags: h.tags, Length: len(frame), Bucket: -1}
	t.Hash = h.plainSum(look(frame, h.tags), t)
	return t
}

// The functions below do nothing on a nil Trace, which is what the hash is computed
// with. They are small enough to be inlined, so that it costs no calls.

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
