package hash

import "math/bits"

// SeedSize is the length of a seed, in octets.
const SeedSize = 32

// A flowKey holds the keys and variants of policy Flow. It never changes.
type flowKey struct {
	k         [8]uint64
	sip       [2]uint64 // key of SipHash
	mask      *[256]uint64
	symmetric bool
	hardened  bool
	inner     bool
	variant   bool // symmetric or hardened
}

// newFlowKey expands a seed. The keys are the outputs of a generator that each word of
// the seed stirs, so a poor seed does not give poor keys.
func newFlowKey(o Options) *flowKey {
	f := &flowKey{symmetric: o.Symmetric, hardened: o.Hardened, inner: o.Inner, mask: &flowMask}
	if o.Inner {
		f.mask = &tunnelMask
	}
	if f.variant = o.Symmetric || o.Hardened; o.Symmetric {
		mask := *f.mask
		for p := range mask {
			mask[p] = uint64(uint32(mask[p])) // each direction has its own flow label
		}
		mask[protoESP] = closerLook
		f.mask = &mask
	}
	var state [4]uint64
	for i := range state {
		state[i] = le64(o.Seed[8*i:])
	}
	f.sip = [2]uint64{state[0], state[1]}
	x := uint64(0)
	for range 2 { // each key depends on all words
		for i := range state {
			x = splitMix(x ^ state[i])
			state[i] = x
		}
	}
	for i := range f.k {
		x = splitMix(x ^ state[i%4])
		f.k[i] = x
	}
	return f
}

// splitMix is one step of SplitMix64 (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators, 2014).
func splitMix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// round multiplies two words to 128 bits and folds them to 64.
func round(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// finish is the second round of every flow. With one round only, the flows of some regular
// sets all take one member under some seeds.
func (f *flowKey) finish(x uint64) uint32 { return uint32(round(x^f.k[2], f.k[3])) }

// sum hashes a tuple. The quick functions return the same for common frames.
func (f *flowKey) sum(t *tuple) uint32 {
	switch {
	case f.hardened:
		return f.sipSum(t)
	case f.symmetric:
		return f.symmetricSum(t)
	}
	var a uint64
	switch t.kind {
	case kindIPv4:
		a = t.src.lo | t.dst.lo<<32
	case kindIPv6:
		a = f.pair(t.src) ^ round(t.dst.lo^f.k[6], t.dst.hi^f.k[7])
	case kindEther:
		a = f.pair(endpoint{lo: t.src.lo, hi: t.dst.lo})
	}
	return f.finish(round(a^t.scope^f.k[0], t.rest()^f.k[1]))
}

// pair is the first round, over two words.
func (f *flowKey) pair(e endpoint) uint64 { return round(e.lo^f.k[4], e.hi^f.k[5]) }

// symmetricSum mixes both ends alike and adds the results, so their order does not
// matter.
func (f *flowKey) symmetricSum(t *tuple) uint32 {
	s, d := t.src, t.dst
	rest := t.rest() &^ 0xffffffff // end mixes in the ports
	x := f.end(t.kind, s) + f.end(t.kind, d) ^ t.scope
	return uint32(round(x^f.k[2], rest^f.k[3]))
}

// end is the first round, over one end.
func (f *flowKey) end(k kind, e endpoint) uint64 {
	a := e.lo
	if k == kindIPv6 {
		a = f.pair(e)
	}
	return round(a^uint64(e.port)<<48^f.k[0], f.k[1])
}
