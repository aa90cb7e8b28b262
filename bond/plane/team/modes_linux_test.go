package team

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

func TestCopiesArriveOnceOnEachMember(t *testing.T) {
	b := newBed(t, 3)
	b.plan.Spread = plane.SpreadCopies
	b.use(t, 0, 2)
	for n := range 20 {
		b.own.Send(t, numbered(n, n))
		ends := []int{catch.Next(t, "far end", b.atFar).End, catch.Next(t, "far end", b.atFar).End}
		slices.Sort(ends)
		if !slices.Equal(ends, []int{0, 2}) {
			t.Fatalf("frame %d arrived at %v, want 0 and 2", n, ends)
		}
	}
	catch.None(t, "far end", b.atFar)
}

func TestFramesTakeTurns(t *testing.T) {
	b := newBed(t, 3)
	b.plan.Spread = plane.SpreadInTurn
	b.apply(t)
	counts := make([]int, 3)
	for n := range 60 {
		b.own.Send(t, numbered(0, n))
		counts[catch.Next(t, "far end", b.atFar).End]++
	}
	if !slices.Equal(counts, []int{20, 20, 20}) {
		t.Errorf("frames by member: %v, want 20 each", counts)
	}
}

func TestFramesAreOnAnyMember(t *testing.T) {
	b := newBed(t, 3)
	b.plan.Spread = plane.SpreadAtRandom
	b.use(t, 0, 2)
	counts := make([]int, 3)
	for n := range 200 {
		b.own.Send(t, numbered(0, n))
		counts[catch.Next(t, "far end", b.atFar).End]++
	}
	if counts[0] < 50 || counts[1] > 0 || counts[2] < 50 {
		t.Errorf("frames by member: %v, want at least 50 on each of two", counts)
	}
}

// TestActiveMemberHasAllFrames is the mode active-backup: one member is in use at a time.
func TestActiveMemberHasAllFrames(t *testing.T) {
	b := newBed(t, 2)
	for _, active := range []int{1, 0} {
		b.use(t, active)
		for flow := range 20 {
			b.own.Send(t, numbered(flow, flow))
			if got := catch.Next(t, "far end", b.atFar); got.End != active {
				t.Fatalf("flow %d is on member %d, want %d", flow, got.End, active)
			}
		}
		b.wires[1-active].Send(t, numbered(1, 1))
		catch.None(t, "device, from the standby member", b.atHost)
		b.wires[active].Send(t, numbered(1, 2))
		if got := catch.Next(t, "device", b.atHost); numberOf(got.Frame) != 2 {
			t.Errorf("device got frame %d, want 2", numberOf(got.Frame))
		}
	}
}

// TestModeChanges: with each spread, frames pass in both directions. A change makes all members
// leave and come back, so it takes a moment until they do.
func TestModeChanges(t *testing.T) {
	b := newBed(t, 2)
	for _, spread := range []plane.Spread{plane.SpreadInTurn, plane.SpreadFlows, plane.SpreadAtRandom, plane.SpreadCopies, plane.SpreadFlows} {
		b.plan.Spread = spread
		b.apply(t)
		img, err := b.plane.read()
		if err != nil || img.mode != modes[spread] || len(img.ports) != 2 {
			t.Fatalf("%v: mode %q with ports %v, %v; want %q with two", spread, img.mode, img.ports, err, modes[spread])
		}
		b.host.AwaitUp(t, "m0")
		b.host.AwaitUp(t, "m1")
		copies := 1
		if spread == plane.SpreadCopies {
			copies = 2
		}
		for n := range 20 {
			b.own.Send(t, numbered(n, n))
			for range copies {
				if got := catch.Next(t, "far end", b.atFar); numberOf(got.Frame) != n {
					t.Fatalf("%v: frame %d arrived, want %d", spread, numberOf(got.Frame), n)
				}
			}
		}
		b.wires[1].Send(t, numbered(1, 1))
		catch.Next(t, "device", b.atHost)
		catch.None(t, "far end", b.atFar)
	}
}
