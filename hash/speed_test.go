package hash_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestVariantSpeed prints the time of each variant of policy Flow relative to the plain
// one. They take turns, and the median of ten counts. Set HASH_SPEED=1 to run it.
func TestVariantSpeed(t *testing.T) {
	if os.Getenv("HASH_SPEED") == "" {
		t.Skip("HASH_SPEED is not set; a timing test needs a quiet machine")
	}
	const repeat, rounds = 200, 10
	for _, kind := range []traffic.Kind{traffic.KindIPv4, traffic.KindMix} {
		frames := traffic.Batch(kind, batchSize, 1)
		sums := make([]uint32, len(frames))
		ratios := make([][]float64, len(flowVariants))
		for range rounds {
			times := make([]float64, len(flowVariants))
			for i, v := range flowVariants {
				h := hasher(t, hash.Flow, v.options)
				start := time.Now()
				for range repeat {
					h.Sum32s(sums, frames)
				}
				times[i] = float64(time.Since(start))
			}
			for i := range ratios {
				ratios[i] = append(ratios[i], times[i]/times[0])
			}
		}
		for i, v := range flowVariants {
			slices.Sort(ratios[i])
			t.Logf("%-4s %-24s %.2f times the plain one", kind, v.name, (ratios[i][rounds/2-1]+ratios[i][rounds/2])/2)
		}
	}
}
