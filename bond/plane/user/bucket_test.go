package user

import (
	"sync"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// countingPlane returns a plane with two members that counts the octets of 64 buckets.
func countingPlane(t *testing.T) *Plane {
	t.Helper()
	h, err := hash.New(hash.Layer2, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u := New()
	if err := u.Open(plane.Host{MemberFailed: func(link.Port, error) {}, MemberReleased: func(link.Port, plane.MemberCounters) {}}); err != nil {
		t.Fatal(err)
	}
	p := &plane.Plan{Generation: 1, Hash: h, MTU: 1500, Buckets: make([]uint16, 64), CountBuckets: true}
	for i, name := range []string{"m0", "m1"} {
		c := linktest.NewCable(name, "far of "+name)
		t.Cleanup(func() {
			_ = c.A.Close() // in memory
			_ = c.B.Close()
		})
		p.Members = append(p.Members, plane.Member{Port: c.A, Distributing: true})
		p.Buckets[32+i] = 1
	}
	if err := u.Apply(p); err != nil {
		t.Fatal(err)
	}
	return u
}

// frameTo returns a frame of 60 octets to a station with a number.
func frameTo(station byte) []byte {
	f := make([]byte, 60)
	copy(f, []byte{2, 0, 0, 0, 0, station, 2, 0, 0, 0, 0, 1, 8, 0})
	return f
}

// Frames that many senders send at a time are all counted in their buckets, also by senders
// with the same counters.
func TestBucketsOfManySenders(t *testing.T) {
	const senders, rounds, flows = 8, 2000, 16
	u := countingPlane(t)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			s := &batch{sender: uint32(i % 2)}
			for n := range rounds {
				if err := u.transmit(s, []link.Frame{{Data: frameTo(byte(n % flows))}}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	want := make([]uint64, 64)
	p := u.plan.Load()
	for n := range rounds {
		want[p.Bucket(p.hasher.Sum32(frameTo(byte(n%flows))))] += senders * 60
	}
	for b, got := range u.BucketOctets() {
		if got != want[b] {
			t.Errorf("bucket %d: %d octets, want %d", b, got, want[b])
		}
	}
}

// Senders have sets of their own as long as there are enough.
func TestSendersHaveCountersOfTheirOwn(t *testing.T) {
	for _, c := range []struct{ senders, sets int }{{1, 1}, {2, 2}, {3, 4}, {8, 8}, {200, maxSets}} {
		counts := newBucketCounts(64, c.senders)
		seen := make(map[any]bool)
		for i := range c.senders {
			seen[&counts.of(uint32(i))[0]] = true
		}
		if want := min(c.senders, c.sets); len(counts.sets) != c.sets || len(seen) != want {
			t.Errorf("%d senders: %d sets, %d used, want %d and %d", c.senders, len(counts.sets), len(seen), c.sets, want)
		}
	}
}

// Counting allocates nothing while frames pass.
func TestCountingAllocatesNothing(t *testing.T) {
	u := countingPlane(t)
	s := new(batch)
	frames := []link.Frame{{Data: frameTo(0)}, {Data: frameTo(1)}, {Data: frameTo(2)}}
	p := u.plan.Load()
	for _, m := range p.members {
		m.link.(*linktest.Link).Lose(linktest.Data) // a cable keeps copies
	}
	if n := testing.AllocsPerRun(100, func() { _ = u.transmit(s, frames) }); n != 0 {
		t.Errorf("%v allocations for a batch, want 0", n)
	}
	if got := u.BucketOctets(); got[p.Bucket(p.hasher.Sum32(frames[0].Data))] == 0 {
		t.Errorf("BucketOctets() = %v, want the octets of the frames", got)
	}
}

// BenchmarkPick compares the choice of a member without and with counters.
func BenchmarkPick(b *testing.B) {
	for _, counted := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "counted"}[counted]
		b.Run(name, func(b *testing.B) {
			h, err := hash.New(hash.Layer34, hash.Options{})
			if err != nil {
				b.Fatal(err)
			}
			next := &plane.Plan{Hash: h, Buckets: make([]uint16, 1024), CountBuckets: counted}
			u := New()
			p := &plan{choice: choice{Plan: next, hasher: h, table: next.Table(), order: []uint16{0, 1}, counts: u.countsOf(next)}}
			f := &link.Frame{Data: frameTo(1)}
			count := p.counts.of(0)
			for b.Loop() {
				if count == nil {
					p.pick(f)
				} else {
					p.pickCounted(f, count)
				}
			}
		})
	}
}
