package bond

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// balance moves buckets of flows from busy members to idle ones, if that is due and useful.
// The plane holds the frames of these flows like those of any flow that moves.
func (b *Bond) balance(now time.Time) {
	b.meterLoad(now)
	l := &b.load
	if l.next.IsZero() || l.next.After(now) {
		return
	}
	until := b.plane.(plane.BucketCounter).BucketOctets()
	sent, elapsed := l.sent(until), now.Sub(l.since)
	l.begin(now, until)
	if sent == nil {
		b.log.Warn("load not balanced", "error", "the data plane's counters do not continue those before")
		return
	}
	moved := len(b.shares.Balance(sent, elapsed).Moved)
	if moved == 0 {
		return
	}
	b.publish()
	l.status.Moved += uint64(moved)
	l.status.Last = now
	b.log.Info("flows moved to balance the load", "buckets", moved)
	b.emit(Event{Kind: EventBalanced, Detail: strconv.Itoa(moved) + " of " + strconv.Itoa(len(sent)) + " buckets"})
}

// meterLoad starts or stops the measurement of the load, as the newest plan requires. If the
// buckets now hold other flows, it starts again. It stops while the plane refuses the newest
// plan, which the shares belong to.
func (b *Bond) meterLoad(now time.Time) {
	l := &b.load
	switch {
	case b.refusal.err != nil || !b.plan.CountBuckets:
		l.stop()
	case l.next.IsZero() || l.shares != b.shares || l.buckets != len(b.plan.Buckets) || l.status.Interval != b.cfg.Balance:
		l.shares, l.buckets, l.status.Interval = b.shares, len(b.plan.Buckets), b.cfg.Balance
		l.begin(now, b.plane.(plane.BucketCounter).BucketOctets())
	}
}
