package hash

import (
	"strconv"
	"strings"
)

// String returns the Trace as lines of text: the fields with their offsets, in
// hexadecimal, the words mixed, the notes, and in the last line hash, bucket and member.
func (t *Trace) String() string {
	var b strings.Builder
	b.WriteString("policy ")
	b.WriteString(t.Policy.String())
	if t.Policy != Flow {
		b.WriteString(", tag ")
		b.WriteString(t.Tags.String())
	}
	b.WriteString(", frame of ")
	b.WriteString(strconv.Itoa(t.Length))
	b.WriteString(" octets\n")
	for _, f := range t.Fields {
		if n := len(f.Octets); n == 1 {
			b.WriteString("  octet ")
			b.WriteString(strconv.Itoa(f.Offset))
		} else {
			b.WriteString("  octets ")
			b.WriteString(strconv.Itoa(f.Offset))
			b.WriteString(" to ")
			b.WriteString(strconv.Itoa(f.Offset + n - 1))
		}
		b.WriteString(": ")
		writeHex(&b, f.Octets)
		b.WriteString("  ")
		b.WriteString(f.Name)
		b.WriteByte('\n')
	}
	for _, w := range t.Words {
		b.WriteString("  word ")
		writeWord(&b, w.Value)
		b.WriteString("  ")
		b.WriteString(w.Name)
		b.WriteByte('\n')
	}
	for _, n := range t.Notes {
		b.WriteString("  ")
		b.WriteString(n.String())
		b.WriteByte('\n')
	}
	b.WriteString("  hash ")
	writeWord(&b, t.Hash)
	if t.Bucket >= 0 {
		b.WriteString(", bucket ")
		b.WriteString(strconv.Itoa(t.Bucket))
	}
	if t.Picked {
		b.WriteString(", member ")
		b.WriteString(strconv.Itoa(int(t.Member)))
	}
	b.WriteByte('\n')
	return b.String()
}

const hexDigits = "0123456789abcdef"

func writeHex(b *strings.Builder, octets []byte) {
	for _, o := range octets {
		b.WriteByte(hexDigits[o>>4])
		b.WriteByte(hexDigits[o&15])
	}
}

func writeWord(b *strings.Builder, w uint32) {
	b.WriteString("0x")
	writeHex(b, []byte{byte(w >> 24), byte(w >> 16), byte(w >> 8), byte(w)})
}
