package bond_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// The bond receives the LACPDUs of a partner on a real interface during a flood of all kinds
// of slow-protocols frames, 20,000 a second.
func TestPartnerIsHeardThroughAFloodBOX22(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m0", far, "far0")
	near.Up(t, "m0")
	far.Up(t, "far0")
	cfg := bond.OpenConfig{Config: bond.Config{Rate: bond.RateFast, AggregateWait: -1}, NoDevice: true}
	cfg.Interfaces = []string{"m0"}
	b := openOn(t, near, cfg)
	cfg.Interfaces = []string{"far0"}
	openOn(t, far, cfg)
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	wire := far.Wire(t, "far0")
	before := b.Status().Members[0]
	all := floods(before)["all of them"]
	const seconds = 5 // a partner whose LACPDUs do not arrive is lost after 3 s
	n := 0
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for end := time.Now().Add(seconds * time.Second); time.Now().Before(end); <-pace.C {
		for range 20 {
			if wire.TrySend(all(n)) == nil { // the kernel's own queues may be full
				n++
			}
		}
	}
	after := b.Status().Members[0]
	t.Logf("%d frames in %d s, %d of them dropped by the kernel, %d ignored", n, seconds, after.Counters.Link.ControlDrops, after.Counters.ControlLimited)
	if expired := after.LACP.Counters.Expired - before.LACP.Counters.Expired; !after.Carries || expired != 0 {
		t.Errorf("carries %v, expired %d times, %v; want true, 0", after.Carries, expired, after.Reason.Code)
	}
	if n < 110*seconds {
		t.Errorf("%d frames sent in %d s, too few for a flood", n, seconds)
	}
}
