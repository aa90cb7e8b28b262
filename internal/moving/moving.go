// Package moving decides when a plane may send the frames that it holds because their flows move
// from one working member to another: when the old paths are empty, or after a timeout.
package moving

import (
	"maps"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// lookTime is how often the plane is asked whether frames are still on their way by old plans.
const lookTime = 500 * time.Microsecond

// Flows are the flows that a plane holds. The zero value holds none.
type Flows struct {
	generation uint64          // of the last plan that moved flows
	until      time.Time       // the timeout; zero: nothing is held
	look       time.Time       // when to ask the plane; zero if that is done
	open       map[uint16]bool // members whose path is not empty
}

// Step is what has to be done for flows that are held.
type Step uint8

// The steps.
const (
	Wait    Step = iota // nothing for now
	Ask                 // ask on each of the Paths whether what was sent on it has arrived
	Release             // send the frames: the timeout is over
)

// Follow takes note of the flows that the plane holds now. If a plan has moved flows it begins
// to find out about the old paths, from the start. asks is whether the mode can ask on them;
// otherwise only the timeout ends the move.
func (f *Flows) Follow(now time.Time, held plane.Moves, timeout time.Duration, asks bool) {
	switch {
	case len(held.Members) == 0:
		*f = Flows{}
	case held.Generation != f.generation:
		*f = Flows{generation: held.Generation, until: now.Add(timeout)}
		if asks {
			f.look, f.open = now, make(map[uint16]bool)
			for _, id := range held.Members {
				f.open[id] = true
			}
		}
	}
}

// Next returns when Take has something to do; zero if never.
func (f *Flows) Next() time.Time {
	if !f.look.IsZero() && f.look.Before(f.until) {
		return f.look
	}
	return f.until
}

// Take returns the step that is due. holder is the plane.
func (f *Flows) Take(now time.Time, holder plane.Holder) Step {
	switch {
	case f.until.IsZero():
		return Wait
	case !f.until.After(now):
		return Release
	case f.look.IsZero() || f.look.After(now):
		return Wait
	case !holder.Quiet(f.generation): // a Marker has to follow the last frame of every sender that still uses an old plan
		f.look = now.Add(lookTime)
		return Wait
	}
	f.look = time.Time{}
	return Ask
}

// Generation returns the generation of the plan that moved the flows.
func (f *Flows) Generation() uint64 { return f.generation }

// Paths returns the members, by id, whose path is not known to be empty.
func (f *Flows) Paths() []uint16 { return slices.Sorted(maps.Keys(f.open)) }

// Emptied records that everything has arrived that was sent on a member before the plan of the
// given generation. It reports whether that was the last path, so that the frames may be sent.
func (f *Flows) Emptied(id uint16, generation uint64) bool {
	if f.generation != generation || !f.open[id] {
		return false
	}
	delete(f.open, id)
	return len(f.open) == 0
}
