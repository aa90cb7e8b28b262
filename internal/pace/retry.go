package pace

import "time"

// Retry schedules attempts to make something again that was lost. The first is at once. The next
// one is after a pause if an attempt fails, or if what was made is lost before it has lived for a
// time.
type Retry struct {
	Pause time.Duration
	Lived time.Duration

	at    time.Time // when the next attempt is due; zero: none is
	made  time.Time
	tries int // since what was made last lived long enough
}

// Made records that it was made.
func (r *Retry) Made(now time.Time) { r.made = now }

// Lost schedules an attempt after a loss.
func (r *Retry) Lost(now time.Time) {
	if now.Sub(r.made) >= r.Lived {
		r.tries = 0
	}
	r.Failed(now)
}

// Failed schedules an attempt after one that failed.
func (r *Retry) Failed(now time.Time) {
	r.at = now
	if r.tries > 0 {
		r.at = now.Add(r.Pause)
	}
	r.tries++
}

// Next returns when an attempt is due; zero if none is.
func (r *Retry) Next() time.Time { return r.at }

// Take reports whether an attempt is due, and takes it off the schedule.
func (r *Retry) Take(now time.Time) bool {
	if r.at.IsZero() || r.at.After(now) {
		return false
	}
	r.at = time.Time{}
	return true
}
