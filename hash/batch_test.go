package hash_test

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

func TestSum32sStopsAtTheShorterSlice(t *testing.T) {
	frames := [][]byte{v4(tcp), v6(traffic.TCP, somePorts), nil}
	for _, v := range variants {
		sums := []uint32{1, 1, 1, 1}
		if n := v.hasher.Sum32s(sums, frames); n != 3 || sums[2] != 0 || sums[3] != 1 {
			t.Errorf("%s: 3 frames into 4 sums: got %d hashed, sums %v; want 3 and the last sum unchanged", v.name, n, sums)
		}
		sums = []uint32{1, 1}
		if n := v.hasher.Sum32s(sums[:1], frames); n != 1 || sums[1] != 1 {
			t.Errorf("%s: 3 frames into 1 sum: got %d hashed, sums %v; want 1", v.name, n, sums)
		}
		if n := v.hasher.Sum32s(nil, nil); n != 0 {
			t.Errorf("%s: no frames: got %d hashed, want 0", v.name, n)
		}
	}
}

// TestNoAllocation hashes common and odd frames.
func TestNoAllocation(t *testing.T) {
	frames := slices.Concat(traffic.Batch(traffic.KindMix, 64, 1),
		[][]byte{nil, about(3, tcp), about6(1), v4(traffic.IPv4{Proto: 6, Options: make([]byte, 8), Payload: somePorts})})
	sums := make([]uint32, len(frames))
	members := spread.NewTable([]uint16{0, 1, 2})
	for _, v := range variants {
		if n := testing.AllocsPerRun(20, func() { v.hasher.Sum32s(sums, frames) }); n != 0 {
			t.Errorf("%s: Sum32s allocates %v times, want 0", v.name, n)
		}
		if n := testing.AllocsPerRun(20, func() {
			for i, f := range frames {
				sums[i] = v.hasher.Sum32(f)
				members.Pick(sums[i])
			}
		}); n != 0 {
			t.Errorf("%s: Sum32 and Pick allocate %v times, want 0", v.name, n)
		}
	}
}
