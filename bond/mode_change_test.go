package bond_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
)

// Flows that move wait for an answer to a Marker. A mode that is set meanwhile may not be able
// to send one. The move then ends by its timeout, and the bond carries on.
func TestModeChangesUnderLoadBOX02(t *testing.T) {
	netlab.Slow(t)
	modes := []bond.Mode{bond.ModeLACP, bond.ModeFailover, bond.ModeLoadBalance, bond.ModeRoundRobin, bond.ModeBroadcast, bond.ModeNone}
	for _, from := range modes {
		for _, to := range modes {
			if from == to {
				continue
			}
			t.Run(fmt.Sprintf("%v to %v", from, to), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { changeModes(t, from, to) })
			})
		}
	}
}

// changeModes switches from one mode to another and back while frames are sent, each time at a
// different moment of the move of flows.
func changeModes(t *testing.T, from, to bond.Mode) {
	p := newPair(t, 3, bond.Config{Mode: from, Rate: bond.RateFast}, bond.Config{Mode: from, Rate: bond.RateFast})
	defer p.close(t)
	time.Sleep(4 * time.Second)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = p.a.Send(udp(i)) // the mode may have no member
				time.Sleep(500 * time.Microsecond)
			}
		}
	}()
	random := rand.New(rand.NewPCG(uint64(from), uint64(to)))
	for i := range netlab.Rounds(2, 6) { // even, so that the last mode is the first one
		mode := to
		if i%2 == 1 {
			mode = from
		}
		if err := p.a.Set(func(c *bond.Config) { c.Hash = hash.Policy(i % 3) }); err != nil { // flows move
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(25000)) * time.Microsecond)
		if err := p.a.Set(func(c *bond.Config) { c.Mode = mode }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
	}
	close(stop)
	<-stopped
	if got := p.a.Status().Mode; got != from {
		t.Errorf("mode %v after the last change, want %v", got, from)
	}
	if from == bond.ModeNone {
		return
	}
	time.Sleep(5 * time.Second) // longer than any wait of LACP and any timeout of a move
	if st := p.a.Status(); !st.Up {
		t.Errorf("status after the changes %+v, want up", st)
	}
	if err := p.a.Send(udp(1)); err != nil {
		t.Errorf("Send() = %v, want nil", err)
	}
}
