package lacp_test

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

var (
	swarmSeed = flag.Uint64("seed", 0, "run TestSwarm with this one seed and show what happens")
	swarmRuns = flag.Uint64("seeds", 10_000, "how many seeds TestSwarm runs")
)

// Two Systems with one to four links of loss, delay, duplication and reordering,
// one-way cuts, flaps and restarts: no invariant is ever violated, after each
// step no port has a guard left that is true, and the links are used as
// configured within sim.Settling of the last fault.
func TestSwarm(t *testing.T) {
	if *swarmSeed != 0 {
		showSwarm(t, *swarmSeed)
		return
	}
	runs := *swarmRuns
	if testing.Short() {
		runs = 500
	}
	start := time.Now()
	var next, failures atomic.Uint64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				seed := next.Add(1)
				if seed > runs || failures.Load() >= 5 {
					return
				}
				if _, err := sim.Swarm(seed, checkSettled); err != nil {
					failures.Add(1)
					t.Errorf("seed %d: %v\nrerun: go test ./lacp -run TestSwarm -v -seed %d", seed, err, seed)
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
