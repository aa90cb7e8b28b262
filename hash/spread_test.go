package hash_test

import (
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestSpreadOfPolicies prints max/mean of each flow set by each policy on 8 members, next
// to random assignment. It checks the figures that the package comment warns about.
func TestSpreadOfPolicies(t *testing.T) {
	const members = 8
	policies := []hash.Policy{hash.Layer2, hash.Layer23, hash.Layer34, hash.DPDKLayer34, hash.Flow}
	got := map[string]map[hash.Policy]float64{}
	for _, set := range traffic.FlowSets() {
		got[set.Name] = map[hash.Policy]float64{}
		for _, p := range policies {
			runs := 1
			if p == hash.Flow {
				runs = 100 // the mean over seeds
			}
			for i := range runs {
				h := hasher(t, p, hash.Options{Seed: seed(i)})
				got[set.Name][p] += set.MaxMean(members, func(i int) int {
					return int(h.Sum32(set.Frames[i]) % members)
				}) / float64(runs)
			}
		}
		ideal, _ := meanError(idealSpread(set)[members])
		g := got[set.Name]
		t.Logf("%-36s %6d flows: random %.2f, layer2 %.2f, layer2+3 %.2f, layer3+4 %.2f, dpdk:l34 %.2f, flow %.2f", set.Name, len(set.Frames),
			ideal, g[hash.Layer2], g[hash.Layer23], g[hash.Layer34], g[hash.DPDKLayer34], g[hash.Flow])
	}
	for _, c := range []struct {
		set    string
		policy hash.Policy
		want   float64
	}{
		{"NAT: one pair, random source ports", hash.Layer23, 8},
		{"pairs a.i to b.i, fixed ports", hash.Layer34, 8},
		{"pairs a.i to b.i, fixed ports", hash.DPDKLayer34, 8},
		{"clients that count up", hash.Layer23, 4},
	} {
		if g := got[c.set][c.policy]; g < c.want*0.99 {
			t.Errorf("%s by %v: got max/mean %.2f, want about %v as in the documentation", c.set, c.policy, g, c.want)
		}
	}
}
