package repair

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/pace"
)

// The first three repairs within memory are done at once. The fourth waits 100 ms, and each
// later one twice as long as the one before, up to a second.
var pauses = pace.Backoff{First: 100 * time.Millisecond, Most: time.Second, Free: 3}

const memory = 10 * time.Second

// reportTime is how long the link has to report that a repaired fault is gone. If it still
// reports the fault after that, the fault has come back.
const reportTime = 100 * time.Millisecond

// State is the state of repairing one interface. If a change comes again and again, the
// repairs go on for ever, with growing pauses.
type State struct {
	Faults link.Faults // that remain after the last repair
	Since  time.Time   // when Faults became non-zero
	Next   time.Time   // when to call Begin again; zero: not before a report
	Busy   bool        // a repair is under way

	tries  int         // in a row
	last   time.Time   // when the last one ended
	failed string      // how the last one failed, as reported; empty: it did not fail
	mended link.Faults // that the last one repaired, as far as it knows
}

// Begin takes the faults that the interface shows and returns those to repair now. It is zero
// if no fault is shown, a repair is under way, or it has to be called again at Next.
func (s *State) Begin(now time.Time, shown link.Faults) link.Faults {
	s.Next = time.Time{}
	if heard := s.last.Add(reportTime); heard.After(now) && shown&s.mended != 0 {
		shown &^= s.mended
		s.Next = heard
	}
	if shown == 0 || s.Busy {
		return 0
	}
	if now.Sub(s.last) > memory {
		s.tries = 0
	}
	if due := s.last.Add(pauses.Pause(s.tries)); due.After(now) {
		if s.Next.IsZero() || due.Before(s.Next) {
			s.Next = due
		}
		return 0
	}
	s.Busy = true
	return shown
}

// End records that a repair has ended. It reports whether the repair is news: it did not fail
// in the same way as the one before.
func (s *State) End(now time.Time, j *Job) (news bool) {
	s.Busy, s.last = false, now
	s.tries++
	if s.mended = j.Others(); j.OthersErr != nil {
		s.mended = 0
	}
	failed := j.failure()
	news = failed == "" || failed != s.failed
	s.failed = failed
	return news
}

// Settle records the faults that remain. It returns those that were not there before, and whether
// anything has changed.
func (s *State) Settle(now time.Time, faults link.Faults) (added link.Faults, changed bool) {
	added, changed = faults&^s.Faults, faults != s.Faults
	if s.Faults == 0 && changed {
		s.Since = now
	}
	s.Faults = faults
	return added, changed
}
