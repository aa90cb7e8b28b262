package hash_test

import (
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// everyHasher returns a Hasher for each policy, view of the tag and variant.
func everyHasher(t testing.TB) (all []variant) {
	for _, p := range hash.Policies() {
		if p == hash.Flow {
			continue
		}
		for _, tags := range []hash.TagView{hash.TagStripped, hash.TagInline, hash.TagSocket} {
			all = append(all, variant{p.String() + " " + tags.String(), hasher(t, p, hash.Options{Tags: tags})})
		}
	}
	for _, v := range flowVariants {
		o := v.options
		o.Seed = seed(3)
		all = append(all, variant{v.name, hasher(t, hash.Flow, o)})
		o.Inner = true
		all = append(all, variant{v.name + " inner", hasher(t, hash.Flow, o)})
	}
	return all
}

// agree checks that all ways to compute the hash of a frame give the same result.
func agree(t *testing.T, hashers []variant, frames [][]byte) {
	t.Helper()
	sums := make([]uint32, len(frames))
	for _, v := range hashers {
		v.hasher.Sum32s(sums, frames)
		for i, f := range frames {
			one, plain := v.hasher.Sum32(f), hash.PlainSum(v.hasher, f)
			if sums[i] != one || plain != one {
				t.Fatalf("%s: %x: batch %#08x, one frame %#08x, plain way %#08x", v.name, f, sums[i], one, plain)
			}
			if e := v.hasher.Explain(f); e.Hash != one {
				t.Fatalf("%s: %x: Explain gives %#08x, Sum32 %#08x", v.name, f, e.Hash, one)
			}
		}
	}
}

// TestAllWaysAgree compares batch, single frame, plain functions and Explain on random
// frames.
func TestAllWaysAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	hashers := everyHasher(t)
	for _, k := range traffic.Kinds {
		agree(t, hashers, traffic.Batch(k, 200, 2))
	}
	var frames [][]byte
	for i := range 300 * len(categories) {
		frames = append(frames, categories[i%len(categories)].make(r), scoped(r))
	}
	agree(t, hashers, frames)
}

// TestEveryPrefix cuts random frames, and Linux's vectors if present, after each octet: every
// fourth vector, and all with LAGKIT_LAB. Nothing may panic or read past the end.
func TestEveryPrefix(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	var whole [][]byte
	for _, c := range categories {
		for range 8 {
			whole = append(whole, c.make(r), scoped(r))
		}
	}
	for _, f := range tunnels() {
		whole = append(whole, f)
	}
	hashers := everyHasher(t)
	cutAll(t, hashers, whole)
	t.Run("Linux vectors", func(t *testing.T) {
		var frames [][]byte
		rows := readCSV(t, linuxVectors(t, "hash-linux.csv"))
		for i := 0; i < len(rows); i += rounds(4, 1) {
			frames = append(frames, rows[i].frame(t))
		}
		cutAll(t, hashers, frames)
	})
}

func cutAll(t *testing.T, hashers []variant, frames [][]byte) {
	t.Helper()
	for _, f := range frames {
		prefixes := make([][]byte, len(f)+1)
		for n := range prefixes {
			// The capacity ends there, too, so a read past the end panics.
			prefixes[n] = f[:n:n]
		}
		agree(t, hashers, prefixes)
	}
}
