package bond_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// shares sends frames of many flows and returns how many of a thousand each member carried.
func shares(t *testing.T, b *bond.Bond) map[string]int {
	t.Helper()
	const flows = 2000
	before := make(map[string]uint64)
	for _, m := range b.Status().Members {
		before[m.Name] = m.Counters.TxFrames
	}
	for n := range flows {
		if err := b.Send(udp(n)); err != nil {
			t.Fatal(err)
		}
	}
	got := make(map[string]int)
	for _, m := range b.Status().Members {
		got[m.Name] = int((m.Counters.TxFrames - before[m.Name]) * 1000 / flows)
	}
	return got
}

// wantShares checks shares within 5 %.
func wantShares(t *testing.T, b *bond.Bond, want map[string]int) {
	t.Helper()
	got := shares(t, b)
	for name, share := range want {
		if got[name] < share-50 || got[name] > share+50 {
			t.Errorf("shares of the members in thousandths: %v, want about %v", got, want)
			return
		}
	}
}

func TestWeightsShareTheFlows(t *testing.T) {
	for _, mode := range []bond.Mode{bond.ModeLACP, bond.ModeLoadBalance} {
		t.Run(mode.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t, 3, bond.Config{Mode: mode, Rate: bond.RateFast, Hash: hash.Layer34, Weights: map[string]uint16{"a1": 2}}, bond.Config{Mode: mode, Rate: bond.RateFast})
				defer p.close(t)
				p.waitReady(t, 5*time.Second)
				time.Sleep(5 * time.Second)
				wantShares(t, p.a, map[string]int{"a0": 250, "a1": 500, "a2": 250})
				p.cables[0].SetUp(false)
				time.Sleep(time.Second)
				wantShares(t, p.a, map[string]int{"a0": 0, "a1": 667, "a2": 333})
				p.cables[0].SetUp(true)
				time.Sleep(5 * time.Second)
				set(t, p.a, func(c *bond.Config) { c.Weights = nil })
				time.Sleep(time.Second)
				wantShares(t, p.a, map[string]int{"a0": 333, "a1": 333, "a2": 333})
			})
		})
	}
}

func TestWeightBySpeedFollowsTheSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, WeightBySpeed: true}, bond.Config{Mode: bond.ModeLoadBalance})
		defer p.close(t)
		p.waitReady(t, time.Second)
		for _, c := range []struct {
			mbps uint32 // of a1; a0 has 1000
			want map[string]int
		}{
			{1000, map[string]int{"a0": 500, "a1": 500}},
			{3000, map[string]int{"a0": 250, "a1": 750}},
			{0, map[string]int{"a0": 500, "a1": 500}}, // unknown: as slow as the slowest
		} {
			p.cables[0].SetSpeed(1000)
			p.cables[1].SetSpeed(c.mbps)
			time.Sleep(time.Second)
			wantShares(t, p.a, c.want)
		}
	})
}

func TestALostMemberMovesOnlyItsOwnFlows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, Weights: map[string]uint16{"m0": 3, "m1": 2}})
		members := func() (of [300]string) {
			for n := range of {
				before := make(map[string]uint64)
				for _, m := range f.Status().Members {
					before[m.Name] = m.Counters.TxFrames
				}
				if err := f.Send(udp(n)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				for _, m := range f.Status().Members {
					if m.Counters.TxFrames > before[m.Name] {
						of[n] = m.Name
					}
				}
			}
			return of
		}
		before := members()
		f.cables[2].SetUp(false)
		time.Sleep(time.Second)
		after := members()
		for n := range before {
			if before[n] != "m2" && after[n] != before[n] {
				t.Errorf("flow %d moved from %s to %s, want it to stay", n, before[n], after[n])
			}
			if after[n] == "m2" {
				t.Errorf("flow %d is on m2, which is down", n)
			}
		}
	})
}

// shortTable is a plane whose table has 256 buckets.
type shortTable struct{ *recorder }

func (shortTable) MostBuckets() int { return 256 }

func TestWeightsFitTheTableOfThePlane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		defer c.B.Close()
		plans := &recorder{Plane: new(plane.None)}
		b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance, Weights: map[string]uint16{"a": 2}, Plane: shortTable{plans}}, c.A)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(plans.last().Buckets); got != 256 {
			t.Errorf("the plan has %d buckets, want 256", got)
		}
	})
}
