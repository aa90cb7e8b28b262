package chassis_test

import (
	"flag"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
)

var (
	swarmSeed  = flag.Uint64("seed", 0, "run TestSwarm with this one seed and show its last events")
	swarmFirst = flag.Uint64("first-seed", 1, "the first seed that TestSwarm runs")
	swarmRuns  = flag.Uint64("seeds", 0, "how many seeds TestSwarm runs; 0: 60, or 400 with LAGKIT_LAB; each has 50 faults")
)

// Two to four chassis, with clocks of different rates, a store and a network that fail in every way.
// The data paths of two never pass frames at the same time, and one chassis is active soon after the
// last fault. CI runs 400 seeds, which are 20,000 faults.
func TestSwarm(t *testing.T) {
	first, runs := *swarmFirst, *swarmRuns
	switch {
	case *swarmSeed != 0:
		first, runs = *swarmSeed, 1
	case runs == 0 && os.Getenv("LAGKIT_LAB") != "":
		runs = 400
	case runs == 0:
		runs = 60
	}
	var next, faults, takeovers, failures atomic.Uint64
	next.Store(first - 1)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				seed := next.Add(1)
				if seed >= first+runs || failures.Load() >= 3 {
					return
				}
				r, err := chassistest.Run(seed, chassistest.Options{})
				faults.Add(uint64(r.Faults))
				takeovers.Add(uint64(r.Takeovers))
				if err != nil {
					failures.Add(1)
					t.Errorf("seed %d: %v\nrerun: go test ./bond/chassis -run TestSwarm -seed %d\n%s", seed, err, seed, strings.Join(r.Log, "\n"))
				} else if *swarmSeed != 0 {
					t.Logf("seed %d:\n%s", seed, strings.Join(r.Log, "\n"))
				}
			}
		})
	}
	wg.Wait()
	if takeovers.Load() < runs/4 && failures.Load() == 0 && *swarmSeed == 0 {
		t.Errorf("%d takeovers in %d runs, want at least one in four: the faults have no effect", takeovers.Load(), runs)
	}
	t.Logf("%d seeds, %d faults, %d takeovers", runs, faults.Load(), takeovers.Load())
}

// Without one of these rules two chassis are active for some seed. The other rules have directed
// tests.
func TestSwarmFindsMissingRules(t *testing.T) {
	for name, seed := range map[string]uint64{"sent": 2, "intent": 5, "wait": 0, "grants": 26, "resigned": 300, "own intent": 112} {
		off := chassis.Rules[name]
		found := false
		for s := seed; s < seed+200 && !found; s++ { // the first one, until the simulation changes
			_, err := chassistest.Run(s, chassistest.Options{Configure: func(c *chassis.Config) { c.SwitchOff(off) }})
			found = err != nil && strings.HasPrefix(err.Error(), "two chassis are active")
		}
		if !found {
			t.Errorf("without the rule %q: no seed from %d on finds two active chassis", name, seed)
		}
	}
}

// The ends of processes are proven to the others, which then take over at once, but sometimes a proof
// comes when the next life carries the LAG already.
func TestSwarmWithProofs(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["proof"]} {
		found := 0
		for seed := range uint64(30) {
			r, err := chassistest.Run(seed, chassistest.Options{Proofs: true, Configure: func(c *chassis.Config) { c.SwitchOff(off) }})
			switch {
			case err != nil && strings.HasPrefix(err.Error(), "two chassis are active"):
				found++
			case err != nil:
				t.Errorf("rule off %v, seed %d: %v", off != 0, seed, err)
			}
			if found == 1 && off == 0 {
				t.Errorf("seed %d: %v\n%s", seed, err, strings.Join(r.Log, "\n"))
			}
		}
		if (found > 0) != (off != 0) {
			t.Errorf("rule off %v: two chassis are active in %d of 30 runs", off != 0, found)
		}
	}
}

// Chassis differ from each other now and then. One that does not is active in the end.
func TestSwarmWithObstacles(t *testing.T) {
	for seed := range uint64(30) {
		if r, err := chassistest.Run(seed, chassistest.Options{Obstacles: true}); err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, strings.Join(r.Log, "\n"))
		}
	}
}

// Chassis B counts on a longer hold time than A. The wait of A would end before the permission of B, so A
// must not take over.
func TestGroupWithTwoHoldTimes(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["members"]} {
		found := 0
		for seed := range uint64(20) {
			_, err := chassistest.Run(seed, chassistest.Options{Chassis: 2, Faults: 100, Configure: func(c *chassis.Config) {
				c.SwitchOff(off)
				if c.Me == "B" {
					c.Hold = 3 * time.Second
				}
			}})
			if err != nil && strings.HasPrefix(err.Error(), "two chassis are active") {
				found++
			}
		}
		if (found > 0) != (off != 0) {
			t.Errorf("rule off %v: two chassis are active in %d of 20 runs", off != 0, found)
		}
	}
}

// Chassis A and B do not count on C, which starts later with a longer list. If both are cut from the
// store, A goes on by the grants of B, so C must not take over.
func TestGroupThatGrows(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["members"]} {
		found := 0
		for seed := range uint64(20) {
			_, err := chassistest.Run(seed, chassistest.Options{Chassis: 3, Faults: 100, Configure: func(c *chassis.Config) {
				c.SwitchOff(off)
				if c.Me == "A" {
					c.Others = []chassis.ID{"B"}
				}
				if c.Me == "B" {
					c.Others = []chassis.ID{"A"}
				}
			}})
			if err != nil && strings.HasPrefix(err.Error(), "two chassis are active") {
				found++
			}
		}
		if (found > 0) != (off != 0) {
			t.Errorf("rule off %v: two chassis are active in %d of 20 runs", off != 0, found)
		}
	}
}

// What the tests of this package switch off is every rule that there is.
func TestEachRuleIsTested(t *testing.T) {
	var all chassis.Rule
	for _, r := range chassis.Rules {
		all |= r
	}
	if len(chassis.Rules) != 11 || all != chassis.AllRules {
		t.Errorf("the tests know %d rules, %b, want all, %b", len(chassis.Rules), all, chassis.AllRules)
	}
}
