package ebpf

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

// mover is a transmit program whose plans move flows.
type mover struct {
	*maps
	program *ebpf.Program
}

func newMover(t *testing.T, pause time.Duration, first *plane.Plan) mover {
	t.Helper()
	m := testMaps(t, first)
	c, err := m.transmitCode(first, pause)
	if err != nil {
		t.Fatal(err)
	}
	return mover{m, loaded(t, "test_tx", c)}
}

// never is a deadline that does not come.
const never = math.MaxInt64

// move makes a plan the one in use, whose flows have to move until then.
func (m mover) move(t *testing.T, p *plane.Plan, until uint64) {
	t.Helper()
	img, err := compile(p, identity)
	if err != nil {
		t.Fatal(err)
	}
	img[halfMoves] = until
	m.swap(img)
}

// want checks that each flow is on the member that one of two plans picks: moved says which
// flows are on that of the second.
func (m mover) want(t *testing.T, what string, from, to *plane.Plan, moved func(before, after int) bool) {
	t.Helper()
	a, b := from.Table(), to.Table()
	for flow := range 200 {
		sum := from.Hash.Sum32(udp(flow))
		before, _ := a.Pick(sum)
		after, _ := b.Pick(sum)
		want := before
		if moved(before, after) {
			want = after
		}
		sent := m.sent(t, 4)
		runProgram(t, m.program, udp(flow))
		if now := m.sent(t, 4); now[want] != sent[want]+1 {
			t.Fatalf("%s: flow %d is not on member %d", what, flow, want)
		}
	}
}

var (
	stays = func(int, int) bool { return false }
	moves = func(int, int) bool { return true }
)

func TestFlowsStayUntilTheDeadline(t *testing.T) {
	two, three := testPlan(t, hash.Layer34, 2), testPlan(t, hash.Layer34, 3)
	m := newMover(t, time.Hour, two)
	m.want(t, "first plan", two, two, stays)
	m.move(t, three, never)
	m.want(t, "before the deadline", two, three, stays)
	m.set(entryHalves+int(*m.control()&1)*halfLen+halfMoves, 1) // long ago
	m.want(t, "after the deadline", two, three, moves)
	m.set(entryHalves+int(*m.control()&1)*halfLen+halfMoves, never)
	m.want(t, "once they have moved", two, three, moves)
	m.move(t, two, 0)
	m.want(t, "without a deadline", three, two, moves)
}

func TestFlowsMoveAfterAPause(t *testing.T) {
	two, three := testPlan(t, hash.Layer34, 2), testPlan(t, hash.Layer34, 3)
	const pause = 10 * time.Millisecond
	m := newMover(t, pause, two)
	m.want(t, "first plan", two, two, stays)
	m.move(t, three, never)
	end := clock(unix.CLOCK_MONOTONIC) + uint64(2*pause)
	netlab.Await(t, "the end of the pause", func() bool { return clock(unix.CLOCK_MONOTONIC) > end })
	m.want(t, "after the pause", two, three, moves)
}

// TestFlowsOfALostMemberMoveAtOnce: only flows between two members that distribute wait.
func TestFlowsOfALostMemberMoveAtOnce(t *testing.T) {
	all := testPlan(t, hash.Layer34, 3)
	m := newMover(t, time.Hour, all)
	m.want(t, "first plan", all, all, stays)
	lost := without(all, 1)
	m.move(t, lost, never)
	m.want(t, "after the loss", all, lost, func(before, _ int) bool { return before == 1 })
}

// TestNextPlanMovesWhatWaits: flows that still wait for a plan move with the one after it.
func TestNextPlanMovesWhatWaits(t *testing.T) {
	two, three, four := testPlan(t, hash.Layer34, 2), testPlan(t, hash.Layer34, 3), testPlan(t, hash.Layer34, 4)
	m := newMover(t, time.Hour, two)
	m.want(t, "first plan", two, two, stays)
	m.move(t, three, never)
	m.want(t, "second plan", two, three, stays)
	second := entryHalves + int(*m.control()&1)*halfLen
	m.move(t, four, never)
	if until := m.get(second + halfMoves); until != 0 {
		t.Errorf("flows may wait for the second plan until %d, but the first is overwritten", until)
	}
	m.want(t, "third plan", two, four, moves)
}

// TestPlannedMovesKeepOrder moves flows between two members, one of them slow, while they send.
// EBPF_MOVES is how many plans there are.
func TestPlannedMovesKeepOrder(t *testing.T) {
	netlab.Slow(t)
	overHooks(t, testPlannedMovesKeepOrder)
}

func testPlannedMovesKeepOrder(t *testing.T, kind hookKind) {
	rounds := netlab.Number(t, "EBPF_MOVES", 6)
	t.Run("with a pause", func(t *testing.T) {
		if n := overtaken(t, kind, rounds, true, "10mbit"); n != 0 {
			t.Errorf("%d frames were overtaken, want 0", n)
		}
	})
	t.Run("at once, to compare", func(t *testing.T) {
		n := 0
		for rate := 200; n == 0 && rate > 10; rate /= 2 { // the sender has to be faster than the slow member
			n = overtaken(t, kind, 2, false, fmt.Sprintf("%dkbit", rate))
		}
		if n == 0 {
			t.Error("no frame was overtaken: the test can't see it")
		}
	})
}

// overtaken sends frames, moves all flows in between, and returns how many frames were overtaken
// by later ones of their flow. hold is that of the plans, and slow the rate of one member.
func overtaken(t *testing.T, kind hookKind, rounds int, hold bool, slow string) (count int) {
	const flows, frames, pause = 16, 10, 50 * time.Millisecond
	b := newBed(t, kind, 2, "")
	b.plane.cfg.Pause, b.plane.cfg.MoveWithin = pause, time.Minute
	b.plan.Hold = hold
	b.plan.Spread = plane.SpreadInTurn // another program, and back: it has the pause then
	b.apply(t)
	b.plan.Spread = plane.SpreadFlows
	b.plan.Buckets = []uint16{0, 1}
	b.apply(t)
	all := make(chan catch.Arrival, 4096)
	catch.Listen(t, b.far, 0, 0, all) // both members in one order
	b.host.Run(t, "tc", "qdisc", "add", "dev", "m0", "root", "tbf", "rate", slow, "burst", "1600", "limit", "1000000")
	send := func(from int) {
		for n := from; n < from+frames; n++ {
			for flow := range flows {
				b.own.Send(t, numbered(flow, n<<8|flow))
			}
		}
	}
	for round := range rounds {
		table := b.plan.Table()
		send(0)
		b.plan.Buckets = [][]uint16{{1, 0}, {0, 1}}[round%2]
		b.apply(t)
		send(frames)
		latest := make(map[int]int) // by flow
		for range 2 * frames * flows {
			number := numberOf(catch.Next(t, "far end", all).Frame)
			if flow := number & 0xff; number < latest[flow] {
				count++
			} else {
				latest[flow] = number
			}
			a := catch.Next(t, "far end", b.atFar)
			want, _ := table.Pick(b.plan.Hash.Sum32(a.Frame))
			if numberOf(a.Frame)>>8 < frames && a.End != want {
				t.Fatalf("round %d: a flow is on member %d, want %d after the pause", round, a.End, want)
			}
		}
		end := clock(unix.CLOCK_MONOTONIC) + uint64(pause+pause/4)
		netlab.Await(t, "the end of the pause", func() bool { return clock(unix.CLOCK_MONOTONIC) > end })
	}
	return count
}
