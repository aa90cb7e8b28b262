package hash_test

import (
	"encoding/binary"
	"math/bits"
	"testing"

	"github.com/lagkit/lagkit/hash"
)

// sipHash returns SipHash-c-d of a byte string, written as in its paper.
func sipHash(c, d int, key [16]byte, m []byte) uint64 {
	k0, k1 := binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])
	v := [4]uint64{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	round := func(n int) {
		for range n {
			for _, s := range [][5]int{{0, 1, 13, 0, 32}, {2, 3, 16, -1, 0}, {0, 3, 21, -1, 0}, {2, 1, 17, 2, 32}} {
				v[s[0]] += v[s[1]]
				v[s[1]] = bits.RotateLeft64(v[s[1]], s[2]) ^ v[s[0]]
				if s[3] >= 0 {
					v[s[3]] = bits.RotateLeft64(v[s[3]], s[4])
				}
			}
		}
	}
	padded := append([]byte(nil), m...)
	for len(padded)%8 != 7 {
		padded = append(padded, 0)
	}
	padded = append(padded, byte(len(m)))
	for ; len(padded) > 0; padded = padded[8:] {
		w := binary.LittleEndian.Uint64(padded)
		v[3] ^= w
		round(c)
		v[0] ^= w
	}
	v[2] ^= 0xff
	round(d)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

// TestHardenedIsSipHash checks that the hash is SipHash-1-3. It compares with the function
// above, which returns the value in appendix A of the paper for SipHash-2-4.
func TestHardenedIsSipHash(t *testing.T) {
	var key [16]byte
	for i := range key {
		key[i] = byte(i)
	}
	if got := sipHash(2, 4, key, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}); got != 0xa129ca6149be45e5 {
		t.Fatalf("SipHash-2-4 of the paper's string is %#x, want 0xa129ca6149be45e5", got)
	}
	o := hash.Options{Hardened: true}
	copy(o.Seed[:], key[:])
	h := hasher(t, hash.Flow, o)
	f4, f6, f2 := v4(tcp), v6(6, somePorts), append(append(append([]byte(nil), dst[:]...), src[:]...), 8, 6)
	for name, c := range map[string]struct{ frame, message []byte }{
		"IPv4":     {f4, append(append([]byte(nil), f4[26:38]...), 6)},
		"IPv6":     {f6, append(append([]byte(nil), f6[22:58]...), 6)},
		"Ethernet": {f2, append(append(append([]byte(nil), src[:]...), dst[:]...), 6, 8)},
	} {
		if got, want := h.Sum32(c.frame), uint32(sipHash(1, 3, key, c.message)); got != want {
			t.Errorf("%s: %#08x, want %#08x", name, got, want)
		}
	}
}

func TestSeedFrom(t *testing.T) {
	seen := map[[hash.SeedSize]byte]int{}
	own := make([]byte, 40)
	for n := range own {
		s := hash.SeedFrom(own[:n])
		if before, ok := seen[s]; ok {
			t.Errorf("%d and %d zero octets give the same seed", before, n)
		}
		seen[s] = n
	}
	if first, again := hash.SeedFrom([]byte{1, 2, 3}), hash.SeedFrom([]byte{1, 2, 3}); first != again {
		t.Errorf("got seeds %x and %x from the same octets, want equal seeds", first, again)
	}
}
