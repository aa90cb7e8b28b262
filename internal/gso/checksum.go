package gso

import (
	"errors"

	"github.com/lagkit/lagkit/bond/link"
)

// Errors of the software offload.
var (
	ErrHeader       = errors.New("bond: offload: frame is too short for what its header says")
	errOffloadKind  = errors.New("bond: offload: unknown or contradictory kind of segment")
	errOffloadCount = errors.New("bond: offload: too many segments")
)

// Sum adds data to a partial Internet checksum (RFC 1071).
func Sum(sum uint64, data []byte) uint64 {
	for len(data) >= 8 {
		sum += uint64(data[0])<<8 | uint64(data[1])
		sum += uint64(data[2])<<8 | uint64(data[3])
		sum += uint64(data[4])<<8 | uint64(data[5])
		sum += uint64(data[6])<<8 | uint64(data[7])
		data = data[8:]
	}
	for len(data) >= 2 {
		sum += uint64(data[0])<<8 | uint64(data[1])
		data = data[2:]
	}
	if len(data) == 1 {
		sum += uint64(data[0]) << 8
	}
	return sum
}

// Fold returns the 16-bit checksum field for a sum.
func Fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// nonZero keeps a computed checksum from being 0, which means "none" in UDP. In TCP both
// values are the same number.
func nonZero(c uint16) uint16 {
	if c == 0 {
		return 0xffff
	}
	return c
}

// completeChecksum computes, in place, the checksum that a frame lacks.
func completeChecksum(f *link.Frame) error {
	if f.Offload.Flags&link.NeedsChecksum == 0 {
		return nil
	}
	start, at := int(f.Offload.CsumStart), int(f.Offload.CsumStart)+int(f.Offload.CsumOffset)
	if at+2 > len(f.Data) || f.Offload.GSO != link.GSONone {
		return ErrHeader
	}
	c := nonZero(Fold(Sum(0, f.Data[start:])))
	f.Data[at], f.Data[at+1] = byte(c>>8), byte(c)
	f.Offload = link.Offload{}
	return nil
}
