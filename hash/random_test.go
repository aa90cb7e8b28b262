package hash_test

import (
	"math/rand/v2"
	"os"
	"testing"
)

// rounds returns how often a test repeats what takes long: few times, or many if the environment
// variable LAGKIT_LAB is set, as in .ci/run.
func rounds(few, many int) int {
	if os.Getenv("LAGKIT_LAB") != "" {
		return many
	}
	return few
}

// TestRandomFrames compares the package with the reference on random frames of every
// category, both one by one and in batches.
func TestRandomFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	batch := make([][]byte, 0, 100)
	for i := range rounds(30_000, 100_000) {
		batch = append(batch, categories[i%len(categories)].make(r))
		if len(batch) == cap(batch) {
			compare(t, batch)
			batch = batch[:0]
		}
		if t.Failed() {
			return
		}
	}
}

// TestEveryLength cuts frames of every category after each octet.
func TestEveryLength(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, c := range categories {
		for range 40 {
			frame := c.make(r)
			prefixes := make([][]byte, len(frame)+1)
			for n := range prefixes {
				// The capacity ends there, too, so a read past the end panics.
				prefixes[n] = frame[:n:n]
			}
			compare(t, prefixes)
		}
		if t.Failed() {
			t.Fatalf("category %s", c.name)
		}
	}
}

// compare checks that Sum32, Sum32s and the reference agree on frames.
func compare(t *testing.T, frames [][]byte) {
	t.Helper()
	sums := make([]uint32, len(frames))
	for _, v := range variants {
		if n := v.hasher.Sum32s(sums, frames); n != len(frames) {
			t.Errorf("%s: Sum32s hashed %d frames, want %d", v.name, n, len(frames))
		}
		for i, f := range frames {
			want := v.reference(f)
			if got := v.hasher.Sum32(f); got != want {
				t.Errorf("%s: Sum32(%x) = %#08x, want %#08x", v.name, f, got, want)
			}
			if sums[i] != want {
				t.Errorf("%s: Sum32s(%x) = %#08x, want %#08x", v.name, f, sums[i], want)
			}
		}
	}
}
