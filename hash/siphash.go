package hash

import "math/bits"

// sipSum returns SipHash-1-3 (Aumasson, Bernstein: SipHash, a fast short-input PRF, 2012)
// of the tuple as a byte string: scope and IPv6 flow label if present, addresses, ports,
// protocol or EtherType. Strings of different kinds differ in length. The hash is the
// lower half of the 64 bits.
func (f *flowKey) sipSum(t *tuple) uint32 {
	src, dst := t.src, t.dst
	if f.symmetric && dst.before(src) {
		src, dst = dst, src
	}
	ports := uint64(src.port) | uint64(dst.port)<<16
	s := newSip(f.sip)
	if t.scope != 0 {
		s = s.block(t.scope)
	}
	switch t.kind {
	case kindIPv4:
		s = s.block(src.lo | dst.lo<<32).block(ports | uint64(t.proto)<<32 | 13<<56)
	case kindIPv6:
		s = s.block(src.lo).block(src.hi).block(dst.lo).block(dst.hi)
		length := uint64(37)
		if t.label != 0 {
			s, length = s.block(uint64(t.label)), 41
		}
		s = s.block(ports | uint64(t.proto)<<32 | length<<56)
	case kindEther:
		s = s.block(src.lo | dst.lo<<48).block(dst.lo>>16 | uint64(t.typ)<<32 | 14<<56)
	}
	return uint32(s.finish())
}

// before reports whether e sorts before o. Any fixed order will do.
func (e endpoint) before(o endpoint) bool {
	switch {
	case e.lo != o.lo:
		return e.lo < o.lo
	case e.hi != o.hi:
		return e.hi < o.hi
	}
	return e.port < o.port
}

// A sip is the state of SipHash-1-3. Its methods take and return it by value, so that
// it stays in registers.
type sip struct{ a, b, c, d uint64 }

func newSip(key [2]uint64) sip {
	return sip{
		key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573,
	}
}

// block adds eight octets.
func (s sip) block(m uint64) sip {
	s.d ^= m
	s = s.first().second()
	s.a ^= m
	return s
}

// finish returns the 64-bit result.
func (s sip) finish() uint64 {
	s.c ^= 0xff
	s = s.first().second()
	s = s.first().second()
	s = s.first().second()
	return s.a ^ s.b ^ s.c ^ s.d
}

// sum2 adds the two blocks of an IPv4 flow and returns the hash.
func (s sip) sum2(m0, m1 uint64) uint32 {
	s.d ^= m0
	s = s.first().second()
	s.a ^= m0
	s.d ^= m1
	s = s.first().second()
	s.a ^= m1
	s.c ^= 0xff
	s = s.first().second()
	s = s.first().second()
	s = s.first().second()
	return uint32(s.a ^ s.b ^ s.c ^ s.d)
}

// first and second are the halves of a round, each small enough to be inlined.
func (s sip) first() sip {
	s.a += s.b
	s.c += s.d
	s.b = bits.RotateLeft64(s.b, 13) ^ s.a
	s.d = bits.RotateLeft64(s.d, 16) ^ s.c
	s.a = bits.RotateLeft64(s.a, 32)
	return s
}

func (s sip) second() sip {
	s.c += s.b
	s.a += s.d
	s.b = bits.RotateLeft64(s.b, 17) ^ s.c
	s.d = bits.RotateLeft64(s.d, 21) ^ s.a
	s.c = bits.RotateLeft64(s.c, 32)
	return s
}

// SeedFrom derives a seed from octets that are unique to a system, such as its MAC
// address. Use it if no random number is available. Different octets give different
// seeds; anyone who knows the octets knows the seed.
func SeedFrom(own []byte) (seed [SeedSize]byte) {
	for i := range SeedSize / 8 {
		s := newSip([2]uint64{uint64(i), SeedSize})
		rest := own
		for ; len(rest) >= 8; rest = rest[8:] {
			s = s.block(le64(rest))
		}
		last := uint64(len(own)) << 56
		for j, b := range rest {
			last |= uint64(b) << (8 * j)
		}
		s = s.block(last)
		x := s.finish()
		for j := range 8 {
			seed[8*i+j] = byte(x >> (8 * j))
		}
	}
	return seed
}
