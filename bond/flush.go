package bond

import (
	"maps"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/mode"
)

// A plane that keeps flows in order holds the frames of flows that move. Control finds out
// when the old paths are empty, or waits for a timeout, and then releases the frames.

// settleTime is how often control asks the plane whether frames are still on their way by old
// plans.
const settleTime = 500 * time.Microsecond

// flush does the work of a release that is due. It reports whether that was an input of the
// mode.
func (b *Bond) flush(now time.Time) bool {
	f := &b.flushing
	if f.until.IsZero() {
		return false
	}
	if !f.until.After(now) {
		b.releaseHeld()
		return false
	}
	if f.settle.IsZero() || f.settle.After(now) {
		return false
	}
	// A Marker has to follow the last frame of every sender that still uses an old plan.
	if !b.plane.(plane.Holder).Quiet(f.generation) {
		f.settle = now.Add(settleTime)
		return false
	}
	f.settle = time.Time{}
	asker, asks := b.mode.(mode.Flusher)
	if !asks { // the mode has changed; the timeout ends the move
		return false
	}
	asker.Flush(now, f.generation, slices.Sorted(maps.Keys(f.open)))
	return true
}

// pathEmpty processes that all that was sent on a member before a move has arrived.
func (b *Bond) pathEmpty(id mode.ID, generation uint64) {
	f := &b.flushing
	if f.generation != generation || !f.open[id] {
		return
	}
	delete(f.open, id)
	if len(f.open) == 0 {
		b.releaseHeld()
	}
}

// releaseHeld tells the plane to send the held frames.
func (b *Bond) releaseHeld() {
	p := *b.plan
	p.Settled = p.Generation
	b.flushing = flushing{}
	b.apply(&p)
}
