package lacp

import "iter"

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
