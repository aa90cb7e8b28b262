// Package planetest is a conformance suite for data planes. It tests whether an implementation
// of plane.Plane does what a bond expects.
//
//	func TestMyPlane(t *testing.T) {
//		planetest.Test(t, func() plane.Plane { return myplane.New() })
//	}
//
// The members are in-memory cables, and the frames come from and go to an in-memory device.
// A plane that works only on real interfaces needs tests of its own.
package planetest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// patience is how long a test waits for something that has to happen, and quiet how long for
// something that must not.
const (
	patience = time.Minute
	quiet    = 50 * time.Millisecond
)

// Test fails t if a plane does not do what a bond expects. open returns a new plane that is
// not open yet.
func Test(t *testing.T, open func() plane.Plane) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bed)
	}{
		{"a member that distributes gets the frames", testOneMember},
		{"flows are where the table says", testFlows},
		{"flows are in buckets", testBuckets},
		{"members take turns", testInTurn},
		{"copies go to each member", testCopies},
		{"each frame is on any member", testAtRandom},
		{"without a member frames are dropped and counted", testNoMember},
		{"frames that are too long are dropped and counted", testTooLong},
		{"a member that collects delivers", testCollecting},
		{"a member that does not collect delivers nothing", testNotCollecting},
		{"members count their frames", testMemberCounters},
		{"no frame passes after the permission", testPermission},
		{"a member that left is released", testRelease},
		{"flows that move stay in order", testOrder},
		{"flows that move back at once are not held", testMoveBack},
		{"a lost member holds nothing up", testLostMember},
		{"octets are counted by bucket", testBucketOctets},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, open(), 3)
			c.test(t, b)
		})
	}
}

// bed is a plane with members and a device in memory.
type bed struct {
	plane    plane.Plane
	device   *device
	cables   []*linktest.Cable
	far      []chan []byte // frames that arrive at the far end of each member
	plan     plane.Plan
	released chan link.Port
}

func newBed(t *testing.T, p plane.Plane, n int) *bed {
	t.Helper()
	b := &bed{plane: p, device: newDevice(), released: make(chan link.Port, n)}
	h, err := hash.New(hash.Layer34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.plan = plane.Plan{Hash: h, Packets: 1, MTU: 1500, MAC: lacp.MAC{2, 0, 0, 0, 0, 1}, Hold: true}
	for i := range n {
		c := linktest.NewCable("m"+strconv.Itoa(i), "far"+strconv.Itoa(i))
		b.cables, b.far = append(b.cables, c), append(b.far, make(chan []byte, 1024))
		b.plan.Members = append(b.plan.Members, plane.Member{Port: c.A, Delivers: true})
	}
	for i := range n {
		go b.collect(i)
	}
	err = p.Open(plane.Host{Name: "bond0", Device: b.device,
		MemberFailed:   func(port link.Port, err error) { t.Errorf("member %s failed: %v", port.Name(), err) },
		MemberReleased: func(port link.Port, _ plane.MemberCounters) { b.released <- port },
		DeviceFailed:   func(err error) { t.Errorf("device failed: %v", err) },
	})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		for _, c := range b.cables {
			c.A.Close()
			c.B.Close()
		}
		_ = b.device.Close() // in memory
		done := make(chan error, 1)
		go func() { done <- p.Close() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Close: %v", err)
			}
		case <-time.After(patience):
			t.Errorf("Close has not returned, want it to return once links and device are closed")
		}
	})
	return b
}

// use makes the members with these ids the only ones that collect and distribute, and applies
// the plan.
func (b *bed) use(t *testing.T, ids ...int) {
	t.Helper()
	b.plan.Members = slices.Clone(b.plan.Members)
	for id := range b.plan.Members {
		m := &b.plan.Members[id]
		m.Collecting = m.Port != nil && slices.Contains(ids, id)
		m.Distributing = m.Collecting
	}
	b.apply(t)
}

// apply applies the plan with the next generation.
func (b *bed) apply(t *testing.T) {
	t.Helper()
	b.plan.Generation++
	b.again(t)
}

// again applies the plan without changing its generation.
func (b *bed) again(t *testing.T) {
	t.Helper()
	p := b.plan
	start := time.Now()
	if err := b.plane.Apply(&p); err != nil {
		t.Fatalf("Apply: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("Apply took %v, want less than 1 ms", took)
	}
}

// frame returns a UDP frame of a flow with a number.
func frame(flow, number int) []byte {
	f := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, // Ethernet
		0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2} // IPv4
	f = binary.BigEndian.AppendUint16(f, uint16(1000+flow))
	f = append(f, 0, 80, 0, 26, 0, 0)
	f = binary.BigEndian.AppendUint32(f, uint32(number))
	return append(f, make([]byte, 60-len(f))...)
}

func numberOf(f []byte) int { return int(binary.BigEndian.Uint32(f[42:])) }

// collect passes on the frames that arrive at the far end of a member.
func (b *bed) collect(id int) {
	bufs, frames := make([][]byte, 32), make([]link.Frame, 32)
	for i := range bufs {
		bufs[i] = make([]byte, link.BufferSize)
	}
	for {
		n, err := b.cables[id].B.Read(bufs, frames)
		if err != nil {
			return
		}
		for i := range n {
			b.far[id] <- bytes.Clone(frames[i].Data)
		}
	}
}

// next returns the next frame of a channel; nil if none comes within the limit.
func next(frames <-chan []byte, limit time.Duration) []byte {
	select {
	case f := <-frames:
		return f
	case <-time.After(limit):
		return nil
	}
}

// want fails the test unless f is the next frame to arrive.
func want(t *testing.T, where string, frames <-chan []byte, f []byte) {
	t.Helper()
	if got := next(frames, patience); !bytes.Equal(got, f) {
		t.Fatalf("%s got %x, want %x", where, got, f)
	}
}

// none fails the test if a frame arrives.
func none(t *testing.T, where string, frames <-chan []byte) {
	t.Helper()
	if got := next(frames, quiet); got != nil {
		t.Errorf("%s got %x, want nothing", where, got)
	}
}

// await waits until holds returns true, at most for patience.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("after %v: want %s", patience, what)
		}
		<-time.After(time.Millisecond)
	}
}

func testOneMember(t *testing.T, b *bed) {
	b.use(t, 1)
	for n := range 100 {
		f := frame(n, n)
		b.device.host <- f
		want(t, "member 1", b.far[1], f)
	}
	none(t, "member 0", b.far[0])
	none(t, "member 2", b.far[2])
}

func testFlows(t *testing.T, b *bed) {
	b.use(t, 0, 1, 2)
	table := b.plan.Table()
	for n := range 100 {
		f := frame(n, n)
		id, _ := table.Pick(b.plan.Hash.Sum32(f))
		b.device.host <- f
		want(t, "member "+strconv.Itoa(id), b.far[id], f)
	}
}

func testBuckets(t *testing.T, b *bed) {
	b.plan.Buckets = []uint16{0, 2, 2, 2}
	b.use(t, 0, 2)
	table := b.plan.Table()
	counts := make([]int, 3)
	for n := range 100 {
		f := frame(n, n)
		id, _ := table.Pick(b.plan.Hash.Sum32(f))
		counts[id]++
		b.device.host <- f
		want(t, "member "+strconv.Itoa(id), b.far[id], f)
	}
	if counts[0] == 0 || counts[0] >= counts[2] {
		t.Errorf("frames by member: %v, want fewer on member 0 than on member 2", counts)
	}
}

func testInTurn(t *testing.T, b *bed) {
	b.plan.Spread, b.plan.Packets = plane.SpreadInTurn, 2
	b.use(t, 0, 1, 2)
	counts := make([]int, 3)
	for n := range 60 {
		b.device.host <- frame(0, n)
	}
	for range 60 {
		select {
		case <-b.far[0]:
			counts[0]++
		case <-b.far[1]:
			counts[1]++
		case <-b.far[2]:
			counts[2]++
		case <-time.After(patience):
			t.Fatalf("frames by member: %v, want 60 in all", counts)
		}
	}
	if !slices.Equal(counts, []int{20, 20, 20}) {
		t.Errorf("frames by member: %v, want 20 each", counts)
	}
}

func testAtRandom(t *testing.T, b *bed) {
	b.plan.Spread = plane.SpreadAtRandom
	b.use(t, 0, 2)
	counts := make([]int, 3)
	for n := range 200 {
		b.device.host <- frame(0, n)
		select {
		case <-b.far[0]:
			counts[0]++
		case <-b.far[2]:
			counts[2]++
		case <-time.After(patience):
			t.Fatalf("frames by member: %v, want 200 in all", counts)
		}
	}
	if counts[0] < 50 || counts[2] < 50 {
		t.Errorf("frames by member: %v, want at least 50 on each of two", counts)
	}
	none(t, "member 1", b.far[1])
}

func testCopies(t *testing.T, b *bed) {
	b.plan.Spread = plane.SpreadCopies
	b.use(t, 0, 2)
	f := frame(0, 0)
	b.device.host <- f
	want(t, "member 0", b.far[0], f)
	want(t, "member 2", b.far[2], f)
	none(t, "member 1", b.far[1])
}

func testNoMember(t *testing.T, b *bed) {
	b.use(t)
	b.device.host <- frame(0, 0)
	await(t, "TxNoMember = 1", func() bool { return b.plane.Counters().TxNoMember == 1 })
}

func testTooLong(t *testing.T, b *bed) {
	b.use(t, 0)
	b.device.host <- append(frame(0, 0), make([]byte, 1600)...)
	await(t, "TxTooLong = 1", func() bool { return b.plane.Counters().TxTooLong == 1 })
	none(t, "member 0", b.far[0])
}

// testPermission checks a plane.Fencer: the plan goes on, but no frame passes.
func testPermission(t *testing.T, b *bed) {
	fencer, ok := b.plane.(plane.Fencer)
	if !ok {
		t.Skip("the plane is not a Fencer")
	}
	b.use(t, 0)
	passes := func(n int) {
		t.Helper()
		b.device.host <- frame(0, n)
		want(t, "member 0", b.far[0], frame(0, n))
		b.receive(t, 0, frame(1, n))
		want(t, "the host", b.device.got, frame(1, n))
	}
	fencer.Permit(plane.Clock() + time.Hour)
	passes(0)
	fencer.Permit(plane.Clock())
	b.device.host <- frame(0, 1)
	await(t, "TxNoMember = 1", func() bool { return b.plane.Counters().TxNoMember == 1 })
	none(t, "member 0", b.far[0])
	b.receive(t, 0, frame(1, 1))
	none(t, "the host", b.device.got)
	fencer.Permit(plane.Forever)
	passes(2)
}

// receive sends a frame to a member.
func (b *bed) receive(t *testing.T, id int, f []byte) {
	t.Helper()
	if _, err := b.cables[id].B.Write([]link.Frame{{Data: f}}); err != nil {
		t.Fatal(err)
	}
}

func testCollecting(t *testing.T, b *bed) {
	b.use(t, 0, 1)
	for n := range 10 {
		f := frame(0, n)
		b.receive(t, n%2, f)
		want(t, "the device", b.device.got, f)
	}
}

func testNotCollecting(t *testing.T, b *bed) {
	b.use(t, 0)
	b.receive(t, 1, frame(0, 0))
	none(t, "the device", b.device.got)
	await(t, "RxNotCollecting = 1", func() bool {
		return b.plane.MemberCounters(b.plan.Members[1].Port).RxNotCollecting == 1
	})
}

func testMemberCounters(t *testing.T, b *bed) {
	b.use(t, 2)
	f := frame(0, 0)
	b.device.host <- f
	want(t, "member 2", b.far[2], f)
	b.receive(t, 2, f)
	want(t, "the device", b.device.got, f)
	wanted := plane.MemberCounters{RxFrames: 1, RxOctets: uint64(len(f)), TxFrames: 1, TxOctets: uint64(len(f))}
	await(t, "one frame each way", func() bool { return b.plane.MemberCounters(b.plan.Members[2].Port) == wanted })
}

func testRelease(t *testing.T, b *bed) {
	b.use(t, 0, 1, 2)
	gone := b.plan.Members[1].Port
	b.plan.Members = slices.Clone(b.plan.Members)
	b.plan.Members[1] = plane.Member{}
	b.apply(t)
	if err := gone.Close(); err != nil {
		t.Errorf("Close of the member's link: %v", err)
	}
	select {
	case port := <-b.released:
		if port != gone {
			t.Errorf("released %s, want %s", port.Name(), gone.Name())
		}
	case <-time.After(patience):
		t.Fatal("member not released, want that after the plan dropped it and its link was closed")
	}
	for n := range 20 { // no frame goes to member 1 any more
		b.device.host <- frame(n, n)
	}
	for range 20 {
		select {
		case <-b.far[0]:
		case <-b.far[2]:
		case <-time.After(patience):
			t.Fatal("frames lost after a member left, want all 20")
		}
	}
}

// flowOf returns a flow that goes to a member.
func (b *bed) flowOf(id int) int {
	table := b.plan.Table()
	for flow := 0; ; flow++ {
		if got, _ := table.Pick(b.plan.Hash.Sum32(frame(flow, 0))); got == id {
			return flow
		}
	}
}

func testOrder(t *testing.T, b *bed) {
	holder, ok := b.plane.(plane.Holder)
	if !ok {
		t.Skip("the plane holds no flows")
	}
	b.use(t, 0, 1)
	flow := b.flowOf(1)
	b.device.host <- frame(flow, 0)
	want(t, "member 1", b.far[1], frame(flow, 0))
	b.use(t, 0) // member 1 still delivers
	moves := holder.Moving()
	if moves.Generation != b.plan.Generation || !slices.Contains(moves.Members, 1) {
		t.Fatalf("Moving() = %+v, want generation %d and member 1", moves, b.plan.Generation)
	}
	for n := range 10 {
		b.device.host <- frame(flow, 1+n)
	}
	await(t, "TxHeld = 10", func() bool { return b.plane.Counters().TxHeld == 10 })
	none(t, "member 0", b.far[0])
	await(t, "Quiet() = true", func() bool { return holder.Quiet(b.plan.Generation) })
	b.plan.Settled = b.plan.Generation
	b.again(t)
	for n := range 10 {
		if f := next(b.far[0], patience); f == nil || numberOf(f) != 1+n {
			t.Fatalf("member 0 got %x, want frame %d", f, 1+n)
		}
	}
	if moves := holder.Moving(); len(moves.Members) != 0 {
		t.Errorf("Moving() = %+v after the held frames were sent, want no members", moves)
	}
}

// testMoveBack moves flows and moves them back before a frame was sent by the plan in between.
func testMoveBack(t *testing.T, b *bed) {
	holder, ok := b.plane.(plane.Holder)
	if !ok {
		t.Skip("the plane holds no flows")
	}
	b.use(t, 0, 1)
	flow := b.flowOf(1)
	b.device.host <- frame(flow, 0)
	want(t, "member 1", b.far[1], frame(flow, 0))
	b.use(t, 0)
	b.use(t, 0, 1)
	if moves := holder.Moving(); len(moves.Members) != 0 {
		t.Errorf("Moving() = %+v after the flows are back, want no members", moves)
	}
	b.device.host <- frame(flow, 1)
	want(t, "member 1", b.far[1], frame(flow, 1))
}

func testLostMember(t *testing.T, b *bed) {
	b.use(t, 0, 1)
	flow := b.flowOf(1)
	b.device.host <- frame(flow, 0)
	want(t, "member 1", b.far[1], frame(flow, 0))
	b.plan.Members = slices.Clone(b.plan.Members)
	b.plan.Members[1].Delivers = false
	b.use(t, 0)
	b.device.host <- frame(flow, 1)
	want(t, "member 0", b.far[0], frame(flow, 1))
}

// wantOctets waits until the plane has counted these octets, by bucket.
func wantOctets(t *testing.T, c plane.BucketCounter, want []uint64) {
	t.Helper()
	var got []uint64
	for end := time.Now().Add(patience); ; {
		if got = c.BucketOctets(); slices.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("BucketOctets() = %v, want %v", got, want)
		}
		<-time.After(time.Millisecond)
	}
}

func testBucketOctets(t *testing.T, b *bed) {
	counter, ok := b.plane.(plane.BucketCounter)
	if !ok {
		t.Skip("the plane counts no buckets")
	}
	b.plan.Buckets = []uint16{0, 1, 0, 1}
	b.use(t, 0, 1)
	first := frame(0, 0)
	b.device.host <- first
	want(t, "a member", b.far[b.plan.Buckets[b.plan.Bucket(b.plan.Hash.Sum32(first))]], first)
	if got := counter.BucketOctets(); got != nil {
		t.Errorf("BucketOctets() = %v with a plan that does not ask for them, want nil", got)
	}

	b.plan.CountBuckets = true
	b.apply(t)
	octets := make([]uint64, 4)
	send := func() {
		for n := range 40 {
			f := append(frame(n, n), make([]byte, n)...) // of different lengths
			octets[b.plan.Bucket(b.plan.Hash.Sum32(f))] += uint64(len(f))
			b.device.host <- f
		}
		wantOctets(t, counter, octets)
	}
	send()
	if slices.Contains(octets, 0) {
		t.Fatalf("octets by bucket: %v, want some in each", octets)
	}
	b.plan.Buckets = []uint16{0, 0, 0, 1} // a bucket moves
	b.apply(t)
	wantOctets(t, counter, octets)
	b.plan.Settled = b.plan.Generation
	b.again(t)
	send()
	b.plan.Buckets = []uint16{0, 0, 0, 0}
	b.use(t, 0) // a single member
	b.plan.Settled = b.plan.Generation
	b.again(t)
	send()

	b.plan.Buckets, octets = []uint16{0, 0}, make([]uint64, 2)
	b.apply(t)
	wantOctets(t, counter, octets)
	b.plan.Settled = b.plan.Generation
	b.again(t)
	send()
	b.plan.CountBuckets = false
	b.apply(t)
	if got := counter.BucketOctets(); got != nil {
		t.Errorf("BucketOctets() = %v after the plan no longer asks for them, want nil", got)
	}
}
