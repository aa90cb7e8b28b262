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

// flushing is the state of a release that is not done yet.
type flushing struct {
	generation uint64           // of the last plan that moved flows
	until      time.Time        // the timeout; zero: nothing is held
	settle     time.Time        // when to ask the plane again; zero if that is done
	open       map[mode.ID]bool // members whose path is not empty
}

// followMoves starts to find out about the old paths, from the beginning, if a plan has moved
// flows.
func (b *Bond) followMoves(now time.Time) {
	holder, ok := b.plane.(plane.Holder)
	if !ok {
		return
	}
	moves := holder.Moving()
	switch {
	case len(moves.Members) == 0:
		b.flushing = flushing{}
	case moves.Generation != b.flushing.generation:
		b.flushing = flushing{generation: moves.Generation, until: now.Add(b.cfg.FlushTimeout)}
		if _, asks := b.mode.(mode.Flusher); asks {
			b.flushing.settle = now
			b.flushing.open = make(map[mode.ID]bool)
			for _, id := range moves.Members {
				b.flushing.open[id] = true
			}
		}
	}
}

// flush does the work of a release that is due.
func (b *Bond) flush(now time.Time) {
	f := &b.flushing
	if f.until.IsZero() {
		return
	}
	if !f.until.After(now) {
		b.releaseHeld()
		return
	}
	if f.settle.IsZero() || f.settle.After(now) {
		return
	}
	// A Marker has to follow the last frame of every sender that still uses an old plan.
	if !b.plane.(plane.Holder).Quiet(f.generation) {
		f.settle = now.Add(settleTime)
		return
	}
	f.settle = time.Time{}
	asker, asks := b.mode.(mode.Flusher)
	if !asks { // the mode has changed; the timeout ends the move
		return
	}
	asker.Flush(now, f.generation, slices.Sorted(maps.Keys(f.open)))
	b.applyEffects(now)
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
