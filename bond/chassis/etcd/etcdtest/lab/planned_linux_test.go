package lab

import (
	"slices"
	"testing"
	"time"
)

// The LAG is given to the other box and back. Then the active box leaves the group in order. The quickest
// change is as quick as they are on a machine with nothing else to do.
func TestHandOver(t *testing.T) {
	needLab(t)
	b := newBed(t, options{hold: calm})
	from, to := b.boxes[0], b.boxes[1]
	var silences []time.Duration
	began := time.Now()
	for range 2 {
		start := time.Now()
		v := b.run(500*time.Millisecond, func() { from.handOver(to) })
		t.Logf("%s to %s: %v", from.id, to.id, v)
		b.movedInOrder(v, from, to, start)
		silences = append(silences, v.median())
		b.awaitReady(to)
		from, to = to, from
	}
	soon(t, "silence of the median flow in the quickest change", slices.Min(silences), plannedLimit, began)
	if _, err := to.order(order{Do: "handover"}); err == nil {
		t.Errorf("%s gives away what it does not have", to.id)
	}
	start := time.Now()
	v := b.run(500*time.Millisecond, from.stop)
	t.Logf("%s leaves: %v", from.id, v)
	b.movedInOrder(v, from, to, start)
}

// Boxes that do not know the switch's address get it in time, although the first question for it may be
// lost.
func TestHandOverToBoxesThatAsk(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm, asks: true})
	from, to := b.boxes[0], b.boxes[1]
	for range 4 {
		start := time.Now()
		v := b.run(500*time.Millisecond, func() { from.handOver(to) })
		t.Logf("%s to %s: %v", from.id, to.id, v)
		b.movedInOrder(v, from, to, start)
		b.awaitReady(to)
		from, to = to, from
	}
}

// A box that comes back does not take the LAG.
func TestReturnOfABox(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a, other := b.boxes[0], b.boxes[1]
	a.stop()
	b.awaitActive(other)
	epoch := other.status().Epoch
	start := time.Now()
	v := b.run(3*time.Second, a.start)
	t.Logf("%s is back: %v", a.id, v)
	b.unharmed(v, other, start)
	b.awaitReady(other)
	b.still(other, epoch)
}

// The process of the active box ends and starts again, so that the partner keeps its links. For the
// other box that is the end of a process, and it takes over: hand over first.
func TestWarmRestart(t *testing.T) {
	needLong(t)
	b := newBed(t, options{hold: calm})
	a := b.boxes[0]
	epoch := a.status().Epoch
	start := time.Now()
	v := b.run(2*time.Second, func() {
		a.suspend()
		a.start()
	})
	t.Log(v)
	b.safe(v)
	soon(t, "silence of the median flow", v.median(), 3300*time.Millisecond, start)
	active := b.activeOf(b.boxes)
	t.Logf("then %s is active, in epoch %d, before %s in %d", active.id, active.status().Epoch, a.id, epoch)
	b.awaitReady(active)
}
