package lab

import (
	"testing"
	"time"
)

// Of three boxes each carries the LAG in turn: it is handed to the last, which then dies, and the
// next one is isolated.
func TestThreeBoxes(t *testing.T) {
	needLong(t)
	b := newBed(t, options{boxes: 3})
	first, last := b.boxes[0], b.boxes[2]
	start := time.Now()
	v := b.run(500*time.Millisecond, func() { first.handOver(last) })
	t.Logf("%s to %s: %v", first.id, last.id, v)
	b.movedInOrder(v, first, last, start)
	b.awaitReady(last)

	start = time.Now()
	v = b.run(2*time.Second, last.kill)
	t.Logf("%s is killed: %v", last.id, v)
	b.safe(v)
	soon(t, "silence of the median flow", v.median(), deathLimit, start)
	second := b.activeOf(b.boxes[:2])
	last.revive()
	b.awaitReady(second)
	b.etcd.awaitAll()

	start = time.Now()
	v = b.run(3*time.Second, func() {
		b.cut(second, etcdBridge)
		b.cut(second, peerBridge)
	})
	t.Logf("%s is isolated: %v", second.id, v)
	b.safe(v)
	soon(t, "silence of the median flow", v.median(), leaderLimit, start)
	b.connect(second)
	var rest []*box
	for _, one := range b.boxes {
		if one != second {
			rest = append(rest, one)
		}
	}
	b.awaitReady(b.activeOf(rest))
}

// With three boxes and without etcd the active one goes on as long as it hears both others.
func TestThreeBoxesWithoutEtcd(t *testing.T) {
	needLong(t)
	b := newBed(t, options{boxes: 3, hold: calm})
	a := b.boxes[0]
	start := time.Now()
	v := b.run(cutFor, func() { b.etcd.kill() })
	t.Logf("without etcd: %v", v)
	b.unharmed(v, a, start)
	at := monotonic()
	b.boxes[2].kill()
	b.await(string(a.id)+" without permission", func() bool { return a.status().Left == 0 })
	within(t, "open without etcd and without one of the others", a.closes()-at, a.cfg.Hold, start)
	b.etcd.revive()
	b.etcd.awaitQuorum()
	b.awaitActive(a)
}
