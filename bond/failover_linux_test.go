package bond

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// How long it takes from a member's loss of carrier until no frame is given to it,
// with the request that takes the other end down.
func TestCarrierLossToPlan(t *testing.T) {
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
	var took []time.Duration
	for i := range 20 {
		name := names[i%4]
		down := make(chan time.Time, 1)
		go func() {
			down <- time.Now()
			far.Down(t, "far"+name)
		}()
		start := <-down
		for {
			if e := nextEvent(t, events, EventMember); e.Member == name && !e.Up {
				took = append(took, e.At.Sub(start))
				break
			}
		}
		far.Up(t, "far"+name)
		for {
			if e := nextEvent(t, events, EventMember); e.Member == name && e.Up {
				break
			}
		}
	}
	slices.Sort(took)
	t.Logf("carrier loss to new plan: median %v, longest %v of %d", took[len(took)/2], took[len(took)-1], len(took))
	// The machine may be busy; a plan that waited for a poll of 200 ms is too late anyway.
	if m := took[len(took)/2]; m > 100*time.Millisecond {
		t.Errorf("median %v", m)
	}
}
