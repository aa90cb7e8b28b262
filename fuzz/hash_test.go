package fuzz

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/lagkit/lagkit/hash"
)

// FuzzHash feeds arbitrary frames to every policy in both views of the VLAN
// tag. None panics, the frame stays as it was, one frame and a batch hash alike,
// and the octets behind the frame do not matter.
func FuzzHash(f *testing.F) {
	for _, seed := range []string{
		"",
		"020000000005020000000b0800450000280000400040060000" + "0a0000010a000002" + "03e80050",
		"020000000005020000000b8100006408004500002800004000400600000a0000010a00000203e80050",
		"020000000005020000000b88a800648100000108004500002800000000401100000a0000010a00000203e80050",
		"020000000005020000000b080045000038000000004001000009090909080808080301000000000000" +
			"4500001c00000000401100000a0000010a00000203e80050",
		"020000000005020000000b86dd60000000000806402001" + "0db8000000000000000000000001" +
			"20010db800000000000000000000000203e80050",
	} {
		frame, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		// A read behind the end would see different octets in the two.
		before := bytes.Clone(frame)
		exact := frame[:len(frame):len(frame)]
		longer := append(bytes.Clone(frame), bytes.Repeat([]byte{0xa5}, 64)...)[:len(frame)]
		batch := [][]byte{exact, longer, nil}
		for _, policy := range []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34} {
			for _, view := range []hash.TagView{hash.TagStripped, hash.TagInline} {
				h, err := hash.New(policy, hash.Options{Tags: view})
				if err != nil {
					t.Fatal(err)
				}
				want := h.Sum32(exact)
				sums := make([]uint32, len(batch))
				if n := h.Sum32s(sums, batch); n != len(batch) {
					t.Fatalf("%v %v: %d frames hashed, want %d", policy, view, n, len(batch))
				}
				if sums[0] != want || sums[1] != want || sums[2] != 0 {
					t.Errorf("%v %v: batch gives %#x, one frame %#x", policy, view, sums, want)
				}
			}
		}
		if !bytes.Equal(frame, before) {
			t.Error("the frame was changed")
		}
	})
}
