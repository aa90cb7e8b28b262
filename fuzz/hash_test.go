package fuzz

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/lagkit/lagkit/hash"
)

// hashers returns all policies in all views of the VLAN tag, and all variants of flow.
func hashers(t testing.TB) []hash.Hasher {
	t.Helper()
	var all []hash.Hasher
	add := func(p hash.Policy, o hash.Options) {
		h, err := hash.New(p, o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	for _, policy := range hash.Policies() {
		for _, view := range []hash.TagView{hash.TagStripped, hash.TagInline, hash.TagSocket} {
			add(policy, hash.Options{Tags: view})
		}
	}
	for bits := range 8 {
		add(hash.Flow, hash.Options{Symmetric: bits&1 != 0, Inner: bits&2 != 0, Hardened: bits&4 != 0})
	}
	return all
}

// FuzzHash feeds arbitrary frames to every policy. No policy panics or changes the frame.
// One frame, a batch and Explain give the same hash, and the octets after the frame do not
// matter.
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
	all := hashers(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		// A read past the end would see different octets in the two frames.
		before := bytes.Clone(frame)
		exact := frame[:len(frame):len(frame)]
		longer := append(bytes.Clone(frame), bytes.Repeat([]byte{0xa5}, 64)...)[:len(frame)]
		batch := [][]byte{exact, longer, nil}
		sums := make([]uint32, len(batch))
		for _, h := range all {
			want := h.Sum32(exact)
			if n := h.Sum32s(sums, batch); n != len(batch) {
				t.Fatalf("%v %v: got %d frames hashed, want %d", h.Policy(), h.Tags(), n, len(batch))
			}
			if sums[0] != want || sums[1] != want || sums[2] != 0 {
				t.Errorf("%v %v: batch gives %#x, one frame %#x", h.Policy(), h.Tags(), sums, want)
			}
			e := h.Explain(exact)
			if e.Hash != want {
				t.Errorf("%v %v: Explain gives %#x, Sum32 %#x", h.Policy(), h.Tags(), e.Hash, want)
			}
			for _, field := range e.Fields {
				if !bytes.Equal(field.Octets, frame[field.Offset:field.Offset+len(field.Octets)]) {
					t.Errorf("%v %v: %s is not at %d", h.Policy(), h.Tags(), field.Name, field.Offset)
				}
			}
			if e.String() == "" || h.SumMeta(exact, 5, true) != h.SumMeta(longer, 5, true) {
				t.Errorf("%v %v: SumMeta depends on the octets after the frame", h.Policy(), h.Tags())
			}
		}
		if !bytes.Equal(frame, before) {
			t.Error("a policy changed the frame")
		}
	})
}

// FuzzPolicy reads arbitrary names. An accepted policy has a name that reads as the same
// policy.
func FuzzPolicy(f *testing.F) {
	for _, p := range hash.Policies() {
		f.Add(p.String())
	}
	for _, s := range []string{"0", "5", "6", "LAYER2+3", "l2,l3,l4", "lagg:l4,l2", "l34", "l2,l2", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := hash.ParsePolicy(s)
		if err != nil {
			if err.Error() == "" {
				t.Error("got an error without text")
			}
			return
		}
		text, err := p.MarshalText()
		if err != nil {
			t.Fatalf("%q is %v: %v", s, p, err)
		}
		var back hash.Policy
		if err := back.UnmarshalText(text); err != nil || back != p {
			t.Errorf("%q is %v, whose name %s reads as %v, %v", s, p, text, back, err)
		}
	})
}
