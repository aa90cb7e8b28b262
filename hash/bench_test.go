package hash_test

import (
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// batchSize is the number of frames per batch in the benchmarks. Their headers fit the
// first-level cache.
const batchSize = 256

// BenchmarkSum32s measures batches. See bench/run.sh for a comparison with C.
func BenchmarkSum32s(b *testing.B) {
	each(b, func(b *testing.B, h hash.Hasher, frames [][]byte) {
		sums := make([]uint32, len(frames))
		for b.Loop() {
			h.Sum32s(sums, frames)
		}
	})
}

// BenchmarkSum32 measures the same frames one by one.
func BenchmarkSum32(b *testing.B) {
	each(b, func(b *testing.B, h hash.Hasher, frames [][]byte) {
		sums := make([]uint32, len(frames))
		for b.Loop() {
			for i, f := range frames {
				sums[i] = h.Sum32(f)
			}
		}
	})
}

// BenchmarkPick measures the lookup of the member for a hash.
func BenchmarkPick(b *testing.B) {
	members := table(7)
	b.ReportAllocs()
	total, sum := 0, uint32(1)
	for b.Loop() {
		member, _ := members.Pick(sum)
		total += member
		sum = sum*1664525 + 1013904223
	}
	if total < 0 {
		b.Fatal("a member below 0")
	}
}

// each runs a benchmark for every policy and kind of traffic and reports the
// time per frame.
func each(b *testing.B, run func(*testing.B, hash.Hasher, [][]byte)) {
	for _, policy := range []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.Encap23, hash.Encap34, hash.Flow} {
		h, err := hash.New(policy, hash.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, kind := range traffic.Kinds {
			frames := traffic.Batch(kind, batchSize, 1)
			b.Run(policy.String()+"/"+string(kind), func(b *testing.B) {
				b.ReportAllocs()
				run(b, h, frames)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/frame")
			})
		}
	}
}

// BenchmarkFlowVariants measures the variants of policy Flow on IPv4 and the mix.
func BenchmarkFlowVariants(b *testing.B) {
	for _, v := range flowVariants {
		h := hasher(b, hash.Flow, v.options)
		for _, kind := range []traffic.Kind{traffic.KindIPv4, traffic.KindMix} {
			frames := traffic.Batch(kind, batchSize, 1)
			sums := make([]uint32, len(frames))
			b.Run(v.name+"/"+string(kind), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					h.Sum32s(sums, frames)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/frame")
			})
		}
	}
}
