package spread

import (
	"math"
	"math/bits"
)

// fastmod computes h % n for a fixed n with two multiplications instead of a division. The
// result is exact for every 32-bit h and n >= 1 (Lemire, Kaser, Kurz: Faster remainder by
// direct computation, 2019).
type fastmod struct {
	n       uint64
	inverse uint64 // 2^64/n rounded up; wraps to 0 for n = 1, which is correct
}

// newFastmod prepares division by n. For n = 0 mod always returns 0.
func newFastmod(n uint32) fastmod {
	if n == 0 {
		return fastmod{}
	}
	return fastmod{n: uint64(n), inverse: math.MaxUint64/uint64(n) + 1}
}

// mod returns h % n.
func (f fastmod) mod(h uint32) uint32 {
	fraction := f.inverse * uint64(h) // h/n without its integer part, as n/2^64
	remainder, _ := bits.Mul64(fraction, f.n)
	return uint32(remainder)
}
