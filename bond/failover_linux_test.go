package bond

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// How long it takes from a member's loss of carrier until no frame is given to it,
// with the request that takes the other end down.
func TestCarrierLossToPlan(t *testing.T) {
	took := lossesToPlan(t, 20, 0)
	t.Logf("carrier loss to new plan: median %v, longest %v of %d", took[len(took)/2], took[len(took)-1], len(took))
	// The machine may be busy; a plan that waited for a poll of 200 ms is too late anyway.
	if m := took[len(took)/2]; m > 100*time.Millisecond {
		t.Errorf("median %v", m)
	}
}

// TestCarrierLossSpeed measures losses one by one, each after a time in which no link
// of the machine changes: the kernel tells late of one that follows soon. Set
// BOND_SPEED=1 to run it, and BOND_SPEED=check to fail above the target.
func TestCarrierLossSpeed(t *testing.T) {
	mode := os.Getenv("BOND_SPEED")
	if mode == "" {
		t.Skip("BOND_SPEED is not set: a test that measures time is for a quiet machine")
	}
	took := lossesToPlan(t, 20, 1200*time.Millisecond)
	median := took[len(took)/2]
	t.Logf("carrier loss to new plan, in isolation: median %v, nine of ten %v, longest %v of %d",
		median, took[len(took)*9/10], took[len(took)-1], len(took))
	if mode == "check" && median > 300*time.Microsecond {
		t.Errorf("median %v, want 300 µs at most", median)
	}
}

// lossesToPlan pulls the cables of a bond of four in turn and returns the times from the
// request to do so until the new plan was in force, sorted.
func lossesToPlan(t *testing.T, count int, apart time.Duration) []time.Duration {
	near, far := netlab.New(t), netlab.New(t)
	var names []string
	for i := range 4 {
		n := fmt.Sprintf("m%d", i)
		names = append(names, n)
		netlab.Pair(t, near, n, far, "far"+n)
		near.Up(t, n)
		far.Up(t, "far"+n)
	}
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeLoadBalance, Resilient: true}, Interfaces: names, NoDevice: true})
	awaitStatus(t, b, "up on all", func(st Status) bool {
		return !slices.ContainsFunc(st.Members, func(m MemberStatus) bool { return !m.Carries })
	})
	events := b.Watch(t.Context())
	await := func(name string, up bool) Event {
		for {
			if e := nextEvent(t, events, EventMember); e.Member == name && e.Up == up {
				return e
			}
		}
	}
	var took []time.Duration
	for i := range count {
		name := names[i%4]
		if apart > 0 {
			<-time.After(apart) // the kernel's clock, not ours
		}
		start := far.Down(t, "far"+name)
		took = append(took, await(name, false).At.Sub(start))
		far.Up(t, "far"+name)
		await(name, true)
	}
	slices.Sort(took)
	return took
}
