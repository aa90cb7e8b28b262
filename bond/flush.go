package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// A plane that keeps flows in order holds the frames of flows that move. Control finds out
// when the old paths are empty, or waits for a timeout, and then releases the frames.

// settleTime is how often control asks the plane whether frames are still on their way by old
// plans.
const settleTime = 500 * time.Microsecond

// flusher finds out when paths are empty. A mode may implement it.
type flusher interface {
	// flush asks on each of the members whether what was sent on it has arrived. It calls done
	// on the control goroutine, at most once for each member, when everything sent on it
	// before the call has arrived. It may never call it.
	flush(now time.Time, members []*member, done func(*member))

	// delivers reports whether frames already sent on a member still arrive after it stopped
	// distributing.
	delivers(m *member) bool

	// forget reports that nothing more is sent or received on the member.
	forget(now time.Time, m *member)
}

// flushing is the state of a release that is not done yet.
type flushing struct {
	generation uint64    // of the last plan that moved flows
	until      time.Time // the timeout; zero: nothing is held
	settle     time.Time // when to ask the plane again; zero if that is done
	open       map[*member]bool
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
		if _, asks := b.mode.(flusher); asks {
			b.flushing.settle = now
			b.flushing.open = make(map[*member]bool)
			for _, id := range moves.Members {
				b.flushing.open[b.members[id]] = true
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
	asker, asks := b.mode.(flusher)
	if !asks { // the mode has changed; the timeout ends the move
		return
	}
	var members []*member
	for _, m := range b.members {
		if f.open[m] {
			members = append(members, m)
		}
	}
	open := f.open // a later move has its own map
	asker.flush(now, members, func(m *member) {
		delete(open, m)
		if len(open) == 0 && len(b.flushing.open) == 0 {
			b.releaseHeld()
		}
	})
}

// releaseHeld tells the plane to send the held frames.
func (b *Bond) releaseHeld() {
	p := *b.plan
	p.Settled = p.Generation
	b.flushing = flushing{}
	b.apply(&p)
}
