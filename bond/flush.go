package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/moving"
)

// A plane that keeps flows in order holds the frames of flows that move. Control finds out
// when the old paths are empty, or waits for a timeout, and then releases the frames.

// flush does the work of a release that is due. It reports whether that was an input of the
// mode.
func (b *Bond) flush(now time.Time) bool {
	holder, _ := b.plane.(plane.Holder)
	switch b.moving.Take(now, holder) {
	case moving.Release:
		b.releaseHeld()
	case moving.Ask:
		asker, asks := b.mode.(mode.Flusher)
		if asks { // otherwise the mode has changed, and the timeout ends the move
			asker.Flush(now, b.moving.Generation(), b.moving.Paths())
		}
		return asks
	}
	return false
}

// releaseHeld makes the plane send the held frames.
func (b *Bond) releaseHeld() {
	p := *b.plan
	p.Settled = p.Generation
	b.moving = moving.Flows{}
	b.apply(&p)
}
