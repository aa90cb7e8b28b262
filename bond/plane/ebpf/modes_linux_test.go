package ebpf

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

func TestCopiesArriveOnceOnEachMember(t *testing.T) { overHooks(t, testCopiesArriveOnceOnEachMember) }

func testCopiesArriveOnceOnEachMember(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 3, "")
	b.plan.Spread = plane.SpreadCopies
	b.use(t, 0, 2)
	want := kinds(1500)
	for name, f := range want {
		b.own.Send(t, f)
		first, second := catch.Next(t, "far end", b.atFar), catch.Next(t, "far end", b.atFar)
		ends := []int{first.End, second.End}
		slices.Sort(ends)
		if string(first.Frame) != string(f) || string(second.Frame) != string(f) || !slices.Equal(ends, []int{0, 2}) {
			t.Fatalf("%s: %x on %d and %x on %d, want %x on 0 and 2", name, first.Frame, first.End, second.Frame, second.End, f)
		}
	}
	catch.None(t, "far end", b.atFar)
}

func TestFramesTakeTurns(t *testing.T) { overHooks(t, testFramesTakeTurns) }

func testFramesTakeTurns(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 3, "")
	b.plan.Spread, b.plan.Packets = plane.SpreadInTurn, 2
	b.apply(t)
	var ends []int
	for n := range 12 {
		b.own.Send(t, numbered(0, n))
		ends = append(ends, catch.Next(t, "far end", b.atFar).End)
	}
	if want := []int{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}; !slices.Equal(ends, want) {
		t.Errorf("members %v, want %v", ends, want)
	}
}

func TestActiveMemberHasAllFrames(t *testing.T) { overHooks(t, testActiveMemberHasAllFrames) }

func testActiveMemberHasAllFrames(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	for _, active := range []int{1, 0} {
		b.use(t, active)
		for flow := range 20 {
			b.own.Send(t, numbered(flow, flow))
			if got := catch.Next(t, "far end", b.atFar); got.End != active {
				t.Fatalf("flow %d is on member %d, want %d", flow, got.End, active)
			}
		}
	}
}

// TestModeChanges changes how a plane spreads frames while it runs.
func TestModeChanges(t *testing.T) { overHooks(t, testModeChanges) }

func testModeChanges(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	flow, err := hash.New(hash.Flow, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	b.stream(t, 6000, func() {
		b.plan.Spread, b.plan.Hash = plane.SpreadFlows, testPlan(t, hash.Layer2, 1).Hash
		switch count++; count % 4 {
		case 1:
			b.plan.Spread = plane.SpreadInTurn
		case 2:
			b.plan.Hash = flow
		case 3:
			b.plan.Spread = plane.SpreadAtRandom
		}
		b.apply(t)
	})
}

var _ plane.BucketCounter = (*Plane)(nil)

// TestOctetsAreCountedByBucket: the numbers grow when plans move buckets, and begin at zero
// when the plan has another number of buckets.
func TestOctetsAreCountedByBucket(t *testing.T) { overHooks(t, testOctetsAreCountedByBucket) }

func testOctetsAreCountedByBucket(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, "")
	b.plan.Buckets = []uint16{0, 1, 1}
	b.apply(t)
	if got := b.plane.BucketOctets(); got != nil {
		t.Errorf("with a plan that does not ask for them: %v, want nil", got)
	}
	b.plan.CountBuckets = true
	send := func(want []uint64) {
		t.Helper()
		for flow := range 30 {
			f := numbered(flow, flow)
			b.own.Send(t, f)
			catch.Next(t, "far end", b.atFar)
			want[b.plan.Hash.Sum32(f)%uint32(len(want))] += 60
		}
		if got := b.plane.BucketOctets(); !slices.Equal(got, want) {
			t.Errorf("BucketOctets() = %v, want %v", got, want)
		}
	}
	want := make([]uint64, 3)
	for _, buckets := range [][]uint16{{0, 1, 1}, {1, 1, 0}} {
		b.plan.Buckets = buckets
		b.apply(t)
		send(want)
	}
	b.plan.Buckets = []uint16{0, 1, 0, 1}
	b.apply(t)
	send(make([]uint64, 4))
}

// TestMembersCountWholeFrames: a tag outside the frame counts too.
func TestMembersCountWholeFrames(t *testing.T) { overHooks(t, testMembersCountWholeFrames) }

func testMembersCountWholeFrames(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	f := kinds(1500)["two tags"]
	b.own.Send(t, f)
	catch.Next(t, "far end", b.atFar)
	b.wires[0].Send(t, f)
	catch.Next(t, "device", b.atHost)
	n := uint64(len(f))
	want := plane.MemberCounters{RxFrames: 1, RxOctets: n, TxFrames: 1, TxOctets: n}
	if got := b.plane.MemberCounters(b.plan.Members[0].Port); got != want {
		t.Errorf("counters %+v, want %+v", got, want)
	}
}

// TestForeignProgramComesLater: our program runs before one that another program has attached.
func TestForeignProgramComesLater(t *testing.T) { overHooks(t, testForeignProgramComesLater) }

func testForeignProgramComesLater(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 1, "")
	drop := loaded(t, "test_foreign", ret(verdictDrop))
	for _, index := range []int{b.host.Index(t, "m0"), b.device.Peer()} {
		b.attachForeign(t, index, drop)
	}
	b.own.Send(t, numbered(0, 0))
	b.wires[0].Send(t, numbered(0, 0))
	catch.None(t, "far end", b.atFar)
	catch.None(t, "device", b.atHost)
	// Attached again, ours come first.
	detach(t, b.plane.tx)
	detach(t, b.plane.members[b.plan.Members[0].Port].rx)
	b.apply(t)
	b.stream(t, 10, func() {})
	b.wires[0].Send(t, numbered(0, 1))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 1)})
}

// BenchmarkTransmit runs the transmit program of each policy with a UDP frame.
func BenchmarkTransmit(b *testing.B) {
	for _, policy := range offered {
		b.Run(policy.String(), func(b *testing.B) {
			p := testPlan(b, policy, 4)
			program := testMaps(b, p).transmitter(b, p)
			_, each, err := program.Benchmark(udp(1), max(b.N, 1), b.ResetTimer)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(each.Nanoseconds()), "ns/frame")
		})
	}
}
