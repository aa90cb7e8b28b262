package ebpf

import (
	"fmt"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

// TestOrderOverPlannedMoves moves all flows between two members while they send 60,000 frames a
// second. The pause and the deadline are the plane's own. None is lost, comes twice or is overtaken
// by a later one of its flow. EBPF_FRAMES is how many frames there are, EBPF_MOVES how many plans.
func TestOrderOverPlannedMoves(t *testing.T) {
	netlab.Slow(t)
	overHooks(t, testOrderOverPlannedMoves)
}

func testOrderOverPlannedMoves(t *testing.T, kind hookKind) {
	const flows, perMillisecond = 64, 60
	frames, moves := netlab.Number(t, "EBPF_FRAMES", 6000), netlab.Number(t, "EBPF_MOVES", 6)
	b := newDeafBed(t, kind, 2, "")
	b.plan.Hold, b.plan.Buckets = true, []uint16{0, 1}
	b.apply(t)
	own, arrived := b.host.Wire(t, "bond0"), make(chan catch.Arrival, 1<<16)
	catch.Listen(t, b.far, 0, 0, arrived) // both members in one order
	before, start := b.host.Traffic(t), time.Now()
	failed := make(chan error, 1)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := 0; n < frames; {
			<-tick.C
			for due := min(frames, perMillisecond*int(time.Since(start).Milliseconds())); n < due; n++ {
				if err := own.TrySend(numbered(n%flows, n)); err != nil {
					failed <- fmt.Errorf("frame %d: %w", n, err)
					return
				}
			}
		}
	}()
	next, moved := [flows]int{}, 0
	for i := range frames {
		if moved < moves && i >= (moved+1)*frames/(moves+1) {
			b.plan.Buckets = [][]uint16{{1, 0}, {0, 1}}[moved%2]
			b.apply(t)
			moved++
		}
		select {
		case a := <-arrived:
			number := numberOf(a.Frame)
			if want := next[number%flows]*flows + number%flows; number != want {
				t.Fatalf("frame %d arrived, want %d: the next one of its flow", number, want)
			}
			next[number%flows]++
		case err := <-failed:
			t.Fatal(err)
		case <-time.After(netlab.Patience):
			t.Fatalf("%d frames arrived, want %d", i, frames)
		}
	}
	t.Logf("0 of %d frames lost, repeated or overtaken over %d moves, %.0f frames a second", frames, moved, float64(frames)/time.Since(start).Seconds())
	for name, now := range b.host.Traffic(t) {
		if sent := now.Since(before[name]).TxPackets; name[0] == 'm' && sent < uint64(frames/4) {
			t.Errorf("%s sent %d of %d frames, want a quarter and more: the flows did not move", name, sent, frames)
		}
	}
}
