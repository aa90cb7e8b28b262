package hash_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
	"github.com/lagkit/lagkit/internal/race"
)

// seed returns seed number i.
func seed(i int) [hash.SeedSize]byte {
	return hash.SeedFrom(binary.BigEndian.AppendUint32(nil, uint32(i)))
}

// flowVariants holds the variants of policy Flow.
var flowVariants = []struct {
	name    string
	options hash.Options
}{
	{"flow", hash.Options{}},
	{"flow symmetric", hash.Options{Symmetric: true}},
	{"flow hardened", hash.Options{Hardened: true}},
	{"flow hardened symmetric", hash.Options{Hardened: true, Symmetric: true}},
}

const qualitySeeds = 400

// TestFlowSpread checks over 400 seeds that the flows of each set are spread as an ideal
// random assignment spreads them. About 1 % of the 400 max/mean figures may exceed the
// 99th percentile of the ideal. The bound allows for chance: 13 or more of 400 happen once
// in 4,000 tries. The means must agree to four times their standard error.
func TestFlowSpread(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("takes seconds, and minutes with the race detector")
	}
	const allowed = 12
	for _, set := range traffic.FlowSets() {
		ideal := idealSpread(set)
		for _, v := range flowVariants {
			got := map[int][]float64{}
			sums := make([]uint32, len(set.Frames))
			for i := range qualitySeeds {
				o := v.options
				o.Seed = seed(i)
				hasher(t, hash.Flow, o).Sum32s(sums, set.Frames)
				for n, spread := range maxMeans(set, sums) {
					got[n] = append(got[n], spread)
				}
			}
			for _, n := range []int{2, 4, 8, 16} {
				g, want := got[n], ideal[n]
				slices.Sort(g)
				limit := quantile(want, 0.99)
				above := 0
				for _, x := range g {
					if x > limit {
						above++
					}
				}
				gm, gs := meanError(g)
				wm, ws := meanError(want)
				t.Logf("%-36s %-24s n=%-2d mean %.3f p99 %.3f worst %.3f, ideal %.3f %.3f; %d above its p99",
					set.Name, v.name, n, gm, quantile(g, 0.99), g[len(g)-1], wm, limit, above)
				if above > allowed {
					t.Errorf("%s, %s, %d members: got %d of %d seeds above the ideal's 99th percentile, want at most %d",
						set.Name, v.name, n, above, qualitySeeds, allowed)
				}
				if gm > wm+4*math.Hypot(gs, ws) {
					t.Errorf("%s, %s, %d members: got mean max/mean %.4f, want about %.4f", set.Name, v.name, n, gm, wm)
				}
			}
		}
	}
}

// maxMeans returns max/mean for 16, 8, 4 and 2 members if each flow is on the member that its
// hash modulo their number names. It adds the loads up once: among half as many members, a member
// has the load of two.
func maxMeans(set traffic.FlowSet, sums []uint32) map[int]float64 {
	var load [16]float64
	total := 0.0
	for i, sum := range sums {
		load[sum%16] += set.Size(i)
		total += set.Size(i)
	}
	spread := map[int]float64{}
	for n := 16; n >= 2; n /= 2 {
		spread[n] = slices.Max(load[:n]) * float64(n) / total
		for i := range n / 2 {
			load[i] += load[i+n/2]
		}
	}
	return spread
}

// idealSpread returns the sorted max/mean values of many random assignments to 16, 8, 4 and 2
// members.
func idealSpread(set traffic.FlowSet) map[int][]float64 {
	r := rand.New(rand.NewPCG(12, 16))
	ideal, sums := map[int][]float64{}, make([]uint32, len(set.Frames))
	for range min(10000, 10_000_000/len(set.Frames)) {
		for i := range sums {
			sums[i] = r.Uint32()
		}
		for n, spread := range maxMeans(set, sums) {
			ideal[n] = append(ideal[n], spread)
		}
	}
	for _, spread := range ideal {
		slices.Sort(spread)
	}
	return ideal
}

// quantile returns the quantile q, 0 to 1, of a sorted slice.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// meanError returns the mean of v and its standard error.
func meanError(v []float64) (mean, err float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		err += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(err) / float64(len(v))
}

// TestNoPolarization checks that a second stage with another seed spreads the traffic of
// one member of the first stage over all its own members.
func TestNoPolarization(t *testing.T) {
	set := traffic.FlowSets()[0]
	first := hasher(t, hash.Flow, hash.Options{Seed: seed(1)})
	second := hasher(t, hash.Flow, hash.Options{Seed: seed(2)})
	for _, stages := range [][2]uint32{{2, 2}, {4, 4}, {8, 8}, {4, 8}, {3, 4}, {16, 16}} {
		var through traffic.FlowSet
		for _, f := range set.Frames {
			if first.Sum32(f)%stages[0] == 0 {
				through.Frames = append(through.Frames, f)
			}
		}
		n := int(stages[1])
		got := through.MaxMean(n, func(i int) int { return int(second.Sum32(through.Frames[i]) % stages[1]) })
		// For comparison, this second stage has the seed of the first.
		same := through.MaxMean(n, func(i int) int { return int(first.Sum32(through.Frames[i]) % stages[1]) })
		limit := quantile(idealSpread(through)[n], 0.999)
		t.Logf("%d, then %d members: max/mean %.3f, with the same seed %.2f, ideal below %.3f", stages[0], n, got, same, limit)
		if got > limit {
			t.Errorf("%d, then %d members: got max/mean %.3f, want at most %.3f", stages[0], n, got, limit)
		}
	}
}
