package lacp

import (
	"bytes"
	"errors"
	"testing"
)

// What AppendTLVs writes, UnmarshalBinary and TLVs read: the fields of version 1, the
// version, and each TLV.
func TestTLVsRoundTrip(t *testing.T) {
	p := PDU{Version: 2, Actor: Info{Key: 7, State: StateActivity}, Partner: Info{Port: PortID{Number: 9}}, CollectorMaxDelay: 3}
	long := bytes.Repeat([]byte{0xa5}, maxTLVValue)
	for _, tlvs := range [][]TLV{
		nil,
		{{Type: 4, Value: []byte{1, 2, 3}}},
		{{Type: 4}, {Type: 5, Value: bytes.Repeat([]byte{1}, 60)}, {Type: 255, Value: []byte{0}}},
		{{Type: 1, Value: long}, {Type: 2, Value: long}, {Type: 3, Value: long}, {Type: 4, Value: long}, {Type: 5, Value: long}},
	} {
		prefix := []byte("in front")
		b, err := p.AppendTLVs(bytes.Clone(prefix), tlvs...)
		if err != nil {
			t.Fatalf("%d TLVs: %v", len(tlvs), err)
		}
		if !bytes.HasPrefix(b, prefix) {
			t.Fatalf("%d TLVs: the octets in front have changed", len(tlvs))
		}
		b = b[len(prefix):]
		if len(b) < PDULen {
			t.Errorf("%d TLVs: %d octets, want at least %d", len(tlvs), len(b), PDULen)
		}
		var got PDU
		if err := got.UnmarshalBinary(b); err != nil || got != p {
			t.Errorf("%d TLVs: read %+v, %v; want %+v", len(tlvs), got, err, p)
		}
		i := 0
		for tlv, intact := range TLVs(b) {
			if !intact || i >= len(tlvs) || tlv.Type != tlvs[i].Type || !bytes.Equal(tlv.Value, tlvs[i].Value) {
				t.Fatalf("TLV %d: read %+v (intact %v), want one of %+v", i, tlv, intact, tlvs)
			}
			i++
		}
		if i != len(tlvs) {
			t.Errorf("%d TLVs read, want %d", i, len(tlvs))
		}
	}
	plain, _ := p.AppendBinary(nil)
	if b, _ := p.AppendTLVs(nil); !bytes.Equal(b, plain) {
		t.Errorf("without TLVs: %x, want %x", b, plain)
	}
}

func TestTLVErrors(t *testing.T) {
	var p PDU
	long := TLV{Type: 1, Value: make([]byte, maxTLVValue)}
	for _, c := range []struct {
		field string
		tlvs  []TLV
	}{
		{"Type", []TLV{{Type: 0}}},
		{"Value", []TLV{{Type: 1, Value: make([]byte, maxTLVValue+1)}}},
		{"TLVs", []TLV{long, long, long, long, long, long}},
	} {
		b, err := p.AppendTLVs([]byte{1, 2}, c.tlvs...)
		var field *FieldError
		if !errors.As(err, &field) || field.Field != c.field {
			t.Errorf("%v, want a FieldError of %s", err, c.field)
		}
		if !bytes.Equal(b, []byte{1, 2}) {
			t.Errorf("%s: the buffer is %x, want it unchanged", c.field, b)
		}
	}
}

// TLVs after the Collector information: V2-03, V2-04.
func TestTLVs(t *testing.T) {
	type tlv struct {
		kind   uint8
		length int // of the value
		intact bool
	}
	pdu := octets(t, version2, FrameLen)[14:]
	base := pdu[:58]
	broken := func(tail ...byte) []byte { return append(bytes.Clone(base), tail...) }
	tests := []struct {
		name string
		pdu  []byte
		want []tlv
	}{
		{"version 2", pdu, []tlv{{4, 4, true}, {5, 18, true}, {10, 16, true}}},
		{"version 1", octets(t, version1, FrameLen)[14:], nil},
		{"too short", base[:20], nil},
		{"nothing behind", base, nil},
		{"SONiC", broken(0x80, 4, 1, 2, 0x81, 4, 3, 4, 0, 0), []tlv{{0x80, 2, true}, {0x81, 2, true}}},
		{"no terminator", broken(7, 2), []tlv{{7, 0, true}}},
		{"length 0", broken(7, 0, 4, 2), []tlv{{7, 0, false}}},
		{"length 1", broken(7, 1, 4, 2), []tlv{{7, 0, false}}},
		{"past the end", broken(4, 2, 7, 255, 1), []tlv{{4, 0, true}, {7, 0, false}}},
		{"half a header", broken(4, 2, 7), []tlv{{4, 0, true}}},
	}
	for _, test := range tests {
		var got []tlv
		for v, intact := range TLVs(test.pdu) {
			got = append(got, tlv{v.Type, len(v.Value), intact})
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: got %v, want %v", test.name, got, test.want)
			}
		}
	}
	for range TLVs(pdu) {
		break // a caller may stop
	}
}
