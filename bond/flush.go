package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// A plane that keeps moving flows in order holds their frames. Control finds out when the
// old paths are empty, or waits for a timeout, and then lets them go.

// settleTime is how often the plane is asked whether nothing is on its way by old plans.
const settleTime = 500 * time.Microsecond

// flusher finds out when paths are empty. A mode may be one.
type flusher interface {
	// flush asks behind each of the members. It calls done on the control
	// goroutine, at most once for each, when all that was sent on it before has
	// arrived; it may never.
	flush(now time.Time, members []*member, done func(*member))

	// delivers reports whether what a member was given arrives, though it is given
	// nothing any more.
	delivers(m *member) bool

	// forget says that nothing more is sent on the member or heard of it.
	forget(now time.Time, m *member)
}

// flushing is a release that is due.
type flushing struct {
	generation uint64    // of the plan that moved flows last
	until      time.Time // the timeout; zero: nothing is held
	settle     time.Time // when to ask the plane again; zero: done
	open       map[*member]bool
}

// followMoves begins anew to find out about the old paths if a plan has moved flows.
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

// flush goes on with what is due of a release.
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
	// A marker has to follow the last frame of whoever still sends by an old plan.
	if !b.plane.(plane.Holder).Quiet(f.generation) {
		f.settle = now.Add(settleTime)
		return
	}
	f.settle = time.Time{}
	asker, asks := b.mode.(flusher)
	if !asks { // the mode has changed meanwhile: the timeout ends the move
		return
	}
	var members []*member
	for _, m := range b.members {
		if f.open[m] {
			members = append(members, m)
		}
	}
	open := f.open // a later move begins anew
	asker.flush(now, members, func(m *member) {
		delete(open, m)
		if len(open) == 0 && len(b.flushing.open) == 0 {
			b.releaseHeld()
		}
	})
}

// releaseHeld lets the moved flows go.
func (b *Bond) releaseHeld() {
	p := *b.plan
	p.Settled = p.Generation
	b.flushing = flushing{}
	b.apply(&p)
}
