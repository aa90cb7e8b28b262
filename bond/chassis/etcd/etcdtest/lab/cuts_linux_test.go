package lab

import (
	"slices"
	"testing"
	"time"
)

// cutFor is how long a cut lasts; nothing may be lost meanwhile.
const cutFor = 6 * time.Second

// What must not harm anything: one of etcd's networks, members, or the heartbeats fails, and comes
// back.
func TestNothingIsLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(b *bed)
	}{
		{"the leader of etcd dies", func(b *bed) { b.etcd.leader().Kill(b.t) }},
		{"the active box is cut from etcd", func(b *bed) { b.cut(b.boxes[0], etcdBridge) }},
		{"all members of etcd die", func(b *bed) { b.etcd.kill() }},
		{"the boxes are cut from each other", func(b *bed) { b.cut(b.boxes[0], peerBridge) }},
		{"the standby box is isolated", func(b *bed) {
			b.cut(b.boxes[1], etcdBridge)
			b.cut(b.boxes[1], peerBridge)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			needLong(t)
			b := newBed(t, options{hold: calm})
			a := b.boxes[0]
			epoch := a.status().Epoch
			start := time.Now()
			v := b.run(2*time.Second, func() {
				c.breaks(b)
				<-time.After(cutFor)
				b.etcd.revive()
				for _, one := range b.boxes {
					b.connect(one)
				}
			})
			t.Log(v)
			b.unharmed(v, a, start)
			b.awaitReady(a)
			b.still(a, epoch)
		})
	}
}

// The active box reaches neither etcd nor the other box. It closes in time, and the other box takes
// over. Then the same happens to that one.
func TestActiveIsolated(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	a, other := b.boxes[0], b.boxes[1]
	for range 3 {
		var at time.Duration
		start := time.Now()
		v := b.run(2*time.Second, func() {
			at = monotonic()
			b.cut(a, etcdBridge)
			b.cut(a, peerBridge)
		})
		t.Logf("%s is isolated: %v", a.id, v)
		b.moved(v, a, other)
		within(t, "open without etcd and without another box", a.closes()-at, a.cfg.Hold, start)
		soon(t, "silence of the median flow", v.median(), deathLimit, start)
		b.awaitActive(other)
		epoch := other.status().Epoch
		b.connect(a)
		b.awaitReady(other)
		b.still(other, epoch)
		b.etcd.awaitAll()
		a, other = other, a
	}
}

// The active box dies while etcd has no quorum. No box takes over until it has one again.
func TestActiveDiesWithoutEtcd(t *testing.T) {
	needLong(t)
	b := newBed(t, options{})
	a, other := b.boxes[0], b.boxes[1]
	b.etcd.kill()
	a.kill()
	from := monotonic()
	v := b.run(3*time.Second, func() {})
	t.Logf("without etcd: %v", v)
	_, open := other.open()
	if open = slices.DeleteFunc(open, func(s span) bool { return s.to < from }); v.lost != v.sent || len(open) > 0 {
		t.Errorf("%d of %d requests are answered, and %s was open at %v; want none and never", v.sent-v.lost, v.sent, other.id, open)
	}
	b.etcd.revive()
	b.etcd.awaitQuorum()
	b.awaitActive(other)
}

// A watch that was stopped while etcd compacted the events it had not seen goes on.
func TestCompactionUnderAStoppedWatch(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a, other := b.boxes[0], b.boxes[1]
	b.compactUnder(other)
	b.awaitReady(a)
	for range 2 { // the first box that has to see it by its watch is the one that was stopped
		start := time.Now()
		v := b.run(500*time.Millisecond, func() { a.handOver(other) })
		t.Logf("%s to %s: %v", a.id, other.id, v)
		b.movedInOrder(v, a, other, start)
		b.awaitReady(other)
		a, other = other, a
	}
}
