package lacp

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

// octets parses hexadecimal text with spaces, and appends zeros up to a length.
func octets(tb testing.TB, text string, length int) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(strings.Fields(text), ""), "|", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return append(b, make([]byte, max(0, length-len(b)))...)
}

const (
	version1 = `0180c2000002 020000000a01 8809 0101 0114 8000 02000000000a 0001 8000 0001 3d 000000
		0214 8000 02000000000b 0002 8000 0007 3d 000000 0310 0000`
	version2 = `0180c2000002 020000000a01 8809 0102 0114 8000 02000000000a 0001 8000 0001 3d 000000
		0214 8000 02000000000b 0002 8000 0007 3d 000000 0310 0000 000000000000000000000000
		0406 0080c201 0514 0001 d2dc4cf241740239408945bd87391286 0a12 00000000000000000000000000000000 0000`
	extreme = `0180c2000002 0004961f506a 8809 0101 0114 91f4 0004961f506a 8000 0000 0012 47 000000
		0214 0000 000000000000 0000 0000 0000 3b 000000 0310 0002`
)

// The byte fixtures, decoded and encoded: FMT-01 to FMT-05, FMT-11, FMT-12.
func TestFixtures(t *testing.T) {
	a := Info{SystemID{0x8000, MAC{2, 0, 0, 0, 0, 0x0a}}, 1, PortID{0x8000, 1}, 0x3d}
	b := Info{SystemID{0x8000, MAC{2, 0, 0, 0, 0, 0x0b}}, 2, PortID{0x8000, 7}, 0x3d}
	summit := MAC{0x00, 0x04, 0x96, 0x1f, 0x50, 0x6a}
	tests := []struct {
		name   string
		frame  string
		source MAC
		want   PDU
	}{
		{"version 1", version1, MAC{2, 0, 0, 0, 0x0a, 1}, PDU{1, a, b, 0}},
		{"an Extreme switch", extreme, summit, PDU{1,
			Info{SystemID{0x91f4, summit}, 0x8000, PortID{0, 0x12}, 0x47}, Info{State: 0x3b}, 2}},
		{"version 2", version2, MAC{2, 0, 0, 0, 0x0a, 1}, PDU{2, a, b, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			frame := octets(t, test.frame, FrameLen)
			f := ParseSlow(frame)
			if f.Kind != SlowLACPDU || f.Source != test.source || !f.ToGroup() || !f.Untagged() {
				t.Fatalf("ParseSlow returned %+v", f)
			}
			var pdu PDU
			if err := pdu.UnmarshalBinary(f.PDU); err != nil || pdu != test.want {
				t.Fatalf("decoded %+v, %v; want %+v", pdu, err, test.want)
			}
			if pdu.Version != 1 {
				return // only version 1 is written
			}
			action := Action{PDU: pdu, Source: f.Source, Destination: f.Destination}
			if got := action.AppendFrame(nil); !bytes.Equal(got, frame) {
				t.Errorf("encoded again\n%x, want\n%x", got, frame)
			}
			if got, err := pdu.MarshalBinary(); err != nil || !bytes.Equal(got, frame[14:]) {
				t.Errorf("MarshalBinary: %x, %v", got, err)
			}
		})
	}
}

// Any values survive encoding and decoding, even in a buffer with old contents.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	info := func() Info {
		var i Info
		for n := range i.System.MAC {
			i.System.MAC[n] = byte(r.Uint32())
		}
		i.System.Priority, i.Key, i.State = uint16(r.Uint32()), Key(r.Uint32()), State(r.Uint32())
		i.Port = PortID{uint16(r.Uint32()), PortNumber(r.Uint32())}
		return i
	}
	dirty := bytes.Repeat([]byte{0xff}, 2*PDULen)
	for range 10_000 {
		want := PDU{Version: 1 + uint8(r.UintN(255)), Actor: info(), Partner: info(), CollectorMaxDelay: uint16(r.Uint32())}
		prefix := r.IntN(20)
		b, err := want.AppendBinary(dirty[:prefix])
		if err != nil || len(b) != prefix+PDULen {
			t.Fatal(err, len(b))
		}
		d := b[prefix:]
		for _, reserved := range [][2]int{{19, 22}, {39, 42}, {46, PDULen}} {
			if s := d[reserved[0]:reserved[1]]; !bytes.Equal(s, make([]byte, len(s))) {
				t.Fatalf("FMT-04: reserved octets %v are %x", reserved, s)
			}
		}
		var got PDU
		if err := got.UnmarshalBinary(d); err != nil || got != want {
			t.Fatalf("decoded %+v, %v; want %+v", got, err, want)
		}
		copy(dirty, bytes.Repeat([]byte{0xff}, 2*PDULen))
	}
	if b, _ := (&PDU{}).AppendBinary(nil); b[1] != 1 {
		t.Errorf("version %d is encoded if none is given, want 1", b[1])
	}
}

// The values that a receiver rejects, and those it must ignore: VAL-01 to VAL-08.
func TestUnmarshalChecks(t *testing.T) {
	good := octets(t, version1, FrameLen)[14:]
	with := func(offset int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[offset:], v)
		return b
	}
	fill := func(from, to int) []byte { return with(from, bytes.Repeat([]byte{0xff}, to-from)...) }
	var want PDU
	if err := want.UnmarshalBinary(good); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"VAL-02 type octets":            with(22, 0x7f),
		"VAL-02 actor type 0":           with(2, 0),
		"VAL-03 reserved after Actor":   fill(19, 22),
		"VAL-03 reserved after Partner": fill(39, 42),
		"VAL-03 reserved in Collector":  fill(46, 58),
		"VAL-04 terminator":             fill(58, 110),
		"VAL-07 1500 octets":            append(bytes.Clone(good), make([]byte, 1390)...),
	} {
		var got PDU
		if err := got.UnmarshalBinary(b); err != nil || got != want {
			t.Errorf("%s: decoded %+v, %v", name, got, err)
		}
	}
	for _, v := range []byte{0, 2, 0x7f, 0xf1, 0xff} {
		var got PDU
		if err := got.UnmarshalBinary(with(1, v)); err != nil || got.Version != v || got.Actor != want.Actor {
			t.Errorf("VAL-01 version %d: decoded %+v, %v", v, got, err)
		}
	}
	refused := func(name string, b []byte, want error) {
		got := PDU{Version: 77}
		if err := got.UnmarshalBinary(b); err != want || got != (PDU{Version: 77}) {
			t.Errorf("%s: error %v, PDU %+v; want %v and no change", name, err, got, want)
		}
	}
	for n := range PDULen {
		refused("VAL-06 truncated", good[:n], ErrShort)
	}
	for _, offset := range []int{3, 23, 43} {
		for _, v := range []byte{0, 1, 15, 17, 19, 21, 255} {
			refused("VAL-05 length octet", with(offset, v), ErrLength)
		}
	}
	for _, v := range []byte{0, 2, 3, 10, 11, 255} {
		refused("VAL-08 subtype", with(0, v), ErrSubtype)
	}
}
