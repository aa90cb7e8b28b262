package lacp_test

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

var (
	swarmSeed  = flag.Uint64("seed", 0, "run TestSwarm with this one seed and show what happens")
	swarmFirst = flag.Uint64("first-seed", 1, "the first seed that TestSwarm runs")
	swarmRuns  = flag.Uint64("seeds", 0, "how many seeds TestSwarm runs; 0: 1,000, or 5,000 with LAGKIT_LAB")
)

// Two Systems of random configuration have one to eight links. The faults are loss,
// bursts of loss, delay, duplication, reordering and corruption, one-way cuts, flaps,
// swapped cables, changes of configuration, send failures, stalls and restarts. No
// invariant is ever violated. After each step no guard of a port is true. The links are
// used as configured within sim.Settling of the last fault.
//
// The test reports a failing seed with a script of the few commands that make it fail,
// for sim.RunScript. CI runs 100,000 seeds: -seeds 100000.
func TestSwarm(t *testing.T) {
	if *swarmSeed != 0 {
		showSwarm(t, *swarmSeed)
		return
	}
	runs := *swarmRuns
	switch {
	case testing.Short():
		runs = 300
	case runs == 0:
		runs = uint64(lacp.Rounds(1_000, 5_000))
	}
	start := time.Now()
	var next, failures atomic.Uint64
	next.Store(*swarmFirst - 1)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				seed := next.Add(1)
				if seed >= *swarmFirst+runs || failures.Load() >= 3 {
					return
				}
				if _, err := sim.Swarm(seed, checkSettled); err != nil {
					failures.Add(1)
					lines, shortest := sim.Shrink(sim.SwarmScript(seed), checkSettled)
					t.Errorf("seed %d: %v\nrerun: go test ./lacp -run TestSwarm -v -seed %d\nshrunk, with the end %v:\n%s",
						seed, err, seed, shortest, strings.Join(lines, "\n"))
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds in %v", runs, time.Since(start).Round(time.Millisecond))
}

func checkSettled(n *sim.Network) {
	n.Check = func(node *sim.Node) error {
		if finding := node.System.Unsettled(); finding != "" {
			return fmt.Errorf("%v %s: %s", n.Now(), node.Name, finding)
		}
		return nil
	}
}

func showSwarm(t *testing.T, seed uint64) {
	t.Log(strings.Join(sim.SwarmScript(seed), "\n"))
	n, err := sim.Swarm(seed, func(n *sim.Network) {
		checkSettled(n)
		n.Trace = func(node *sim.Node, tr lacp.Transition) { t.Log(tr.At.Sub(sim.Epoch), node.Name, tr) }
		n.OnTransmit = func(p *sim.Port, a *lacp.Action) {
			t.Log(n.Now(), p, "sends", a.PDU.Actor.State, "partner", a.PDU.Partner)
		}
	})
	t.Log(n.Describe())
	if err != nil {
		t.Fatal(err)
	}
}
