package hash_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestSumMeta checks that a frame with its tag kept outside hashes like the tagged frame
// with TagStripped, and a frame without such a tag hashes as with TagInline.
func TestSumMeta(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, p := range linuxPolicies {
		stripped := hasher(t, p, hash.Options{})
		inline := hasher(t, p, hash.Options{Tags: hash.TagInline})
		for i := range 20000 {
			frame := categories[i%len(categories)].make(r)
			if got, want := stripped.SumMeta(frame, 99, false), inline.Sum32(frame); got != want {
				t.Fatalf("%v without a tag outside %x: got %#08x, want %#08x", p, frame, got, want)
			}
			if len(frame) < 18 || !tagType(frame[12:14]) {
				continue
			}
			bare := append(append([]byte(nil), frame[:12]...), frame[16:]...)
			tci := binary.BigEndian.Uint16(frame[14:])
			if got, want := inline.SumMeta(bare, tci, true), stripped.Sum32(frame); got != want {
				t.Fatalf("%v with tag %04x outside %x: got %#08x, want %#08x", p, tci, bare, got, want)
			}
		}
	}
}

// TestVLANSrcMAC checks that the whole TCI counts, priority included, but only for a tag
// kept outside the frame.
func TestVLANSrcMAC(t *testing.T) {
	h := hasher(t, hash.VLANSrcMAC, hash.Options{})
	frame := traffic.Ether([6]byte{1, 2, 3, 4, 5, 6}, [6]byte{0x02, 0x11, 0x22, 0x40, 0x50, 0x60}, nil, 0x0800, nil)
	const addr = 0x021122 ^ 0x405060
	for _, c := range []struct {
		tci    uint16
		tagged bool
		want   uint32
	}{{0, false, addr}, {0, true, addr}, {100, true, addr ^ 100}, {0xe064, true, addr ^ 0xe064}, {100, false, addr}} {
		if got := h.SumMeta(frame, c.tci, c.tagged); got != c.want {
			t.Errorf("tci %#x, tagged %v: got %#x, want %#x", c.tci, c.tagged, got, c.want)
		}
	}
	if got := h.Sum32(frame[:13]); got != 0 {
		t.Errorf("13 octets: got %#x, want 0", got)
	}
}
