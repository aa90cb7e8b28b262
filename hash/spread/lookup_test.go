package spread

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// bareIndex indexes an array with bits of the hash. It is the lower bound of the cost of a
// table.
//
//go:noinline
func bareIndex(ids []uint16, sums []uint32, member *[MaxBuckets]uint16) {
	ids = ids[:len(sums)]
	for i, sum := range sums {
		ids[i] = member[sum&(MaxBuckets-1)]
	}
}

// TestLookupSpeed compares the table lookup with private counters to a bare array index. They
// take turns, and the test uses the median of ten. Set HASH_SPEED=1 to run it, and
// HASH_SPEED=check to fail above the target.
func TestLookupSpeed(t *testing.T) {
	mode := os.Getenv("HASH_SPEED")
	if mode == "" {
		t.Skip("HASH_SPEED is not set; a timing test needs a quiet machine")
	}
	d, err := NewDistributor(hash.Hasher{}, DistributorConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Update([]Member{{ID: 0, Up: true}, {ID: 1, Up: true}, {ID: 2, Up: true}}); err != nil {
		t.Fatal(err)
	}
	w, s := d.NewWorker(), d.Snapshot()
	sums, ids, frames := make([]uint32, workerBatch), make([]uint16, workerBatch), make([][]byte, workerBatch)
	for i := range sums {
		sums[i], frames[i] = uint32(uint64(i)*0x9e3779b97f4a7c15>>32), make([]byte, 64)
	}
	const repeat, rounds = 1000, 10
	timed := func(f func()) float64 {
		start := time.Now()
		for range repeat {
			f()
		}
		return float64(time.Since(start).Nanoseconds()) / (repeat * workerBatch)
	}
	var bare, full, ratio []float64
	for range rounds {
		b := timed(func() { bareIndex(ids, sums, s.member) })
		f := timed(func() { w.pick(s, ids, sums, frames) })
		bare, full, ratio = append(bare, b), append(full, f), append(ratio, f/b)
	}
	median := func(v []float64) float64 { slices.Sort(v); return (v[len(v)/2-1] + v[len(v)/2]) / 2 }
	r := median(ratio)
	t.Logf("bare index %.2f ns, lookup with counters %.2f ns, %.2f times, target at most 2", median(bare), median(full), r)
	if mode == "check" && r > 2 {
		t.Errorf("lookup takes %.2f times as long as a bare index, want at most 2", r)
	}
}
