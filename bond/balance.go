package bond

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// balance moves buckets of flows from busy members to idle ones, if that is due and useful.
// The plane holds the frames of these flows like those of any flow that moves. While the plane
// refuses the newest plan, which the shares belong to, nothing is measured.
func (b *Bond) balance(now time.Time) {
	p := b.plan
	if b.refusal.Err() != nil {
		p = nil
	}
	counter, _ := b.plane.(plane.BucketCounter)
	b.shares.Measure(now, counter, p, b.cfg.Balance)
	moved, ok := b.shares.Balance(now)
	if !ok {
		b.log.Warn("load not balanced", "error", "the data plane's counters do not continue those before")
	}
	if moved == 0 {
		return
	}
	b.publish()
	b.balanced.Moved += uint64(moved)
	b.balanced.Last = now
	b.log.Info("flows moved to balance the load", "buckets", moved)
	b.emit(Event{Kind: EventBalanced, Detail: strconv.Itoa(moved) + " of " + strconv.Itoa(len(b.plan.Buckets)) + " buckets"})
}
