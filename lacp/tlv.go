package lacp

import (
	"iter"
	"slices"
	"strconv"
)

// TLVs walks the TLVs after the Collector information of a LACPDU that
// [PDU.UnmarshalBinary] accepts, such as those of version 2 and of vendors. It yields
// each TLV and whether it is intact. It stops at the terminator, at the end of the
// PDU, and at a TLV whose length is below 2 or reaches past the end. Such a broken
// TLV is yielded without a value, and intact is false only for it.
//
// The fields of version 1 are valid whatever follows them.
func TLVs(pdu []byte) iter.Seq2[TLV, bool] {
	return func(yield func(t TLV, intact bool) bool) {
		if len(pdu) < offTLVs {
			return
		}
		for b := pdu[offTLVs:]; len(b) >= 2 && b[0] != 0; {
			n := int(b[1])
			if n < 2 || n > len(b) {
				yield(TLV{Type: b[0]}, false)
				return
			}
			if !yield(TLV{Type: b[0], Value: b[2:n:n]}, true) {
				return
			}
			b = b[n:]
		}
	}
}

// TLV is one type, length, value field. Value is a part of the PDU's memory.
type TLV struct {
	Type  uint8
	Value []byte
}

// Limits of the TLVs of a PDU: a value's length is one octet that counts type and length
// too, and a PDU fits into an untagged Ethernet frame.
const (
	maxTLVValue = 255 - 2
	maxPDULen   = 1500
)

// AppendTLVs appends a LACPDU like [PDU.AppendBinary], with TLVs after the Collector
// information, and a terminator. It has at least 110 octets. A version below 2 does not
// stop a receiver that knows the TLVs from reading them.
//
// The error is a [*FieldError]: type 0 is the terminator, a value has at most 253 octets,
// and a PDU at most 1500.
func (p *PDU) AppendTLVs(b []byte, tlvs ...TLV) ([]byte, error) {
	n := offTLVs + 2 // with the terminator
	for i := range tlvs {
		t := &tlvs[i]
		switch {
		case t.Type == 0:
			return b, &FieldError{"Type", "0", "1 to 255: 0 is the terminator"}
		case len(t.Value) > maxTLVValue:
			return b, &FieldError{"Value", strconv.Itoa(len(t.Value)) + " octets", "at most " + strconv.Itoa(maxTLVValue)}
		}
		n += 2 + len(t.Value)
	}
	if n > maxPDULen {
		return b, &FieldError{"TLVs", strconv.Itoa(n) + " octets of PDU", "at most " + strconv.Itoa(maxPDULen)}
	}
	start := len(b)
	b, _ = p.AppendBinary(slices.Grow(b, max(n, PDULen))) // which returns no error
	b = b[:start+offTLVs]
	for _, t := range tlvs {
		b = append(append(b, t.Type, uint8(2+len(t.Value))), t.Value...)
	}
	return append(b, make([]byte, max(2, PDULen-(len(b)-start)))...), nil
}
