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
