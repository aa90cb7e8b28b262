package pace

import "time"

// Repeater schedules an action that is repeated a number of times. The zero value has nothing
// to repeat.
type Repeater struct {
	next time.Time // zero: no repetition is left
	left int
}

// Start schedules count repetitions, the first at once.
func (r *Repeater) Start(now time.Time, count int) {
	*r = Repeater{}
	if count > 0 {
		*r = Repeater{now, count}
	}
}

// Next returns when the next repetition is due; zero if none is left.
func (r *Repeater) Next() time.Time { return r.next }

// Take reports whether a repetition is due, and schedules the next one an interval later.
func (r *Repeater) Take(now time.Time, interval time.Duration) bool {
	if r.next.IsZero() || r.next.After(now) {
		return false
	}
	r.left--
	r.next = now.Add(interval)
	if r.left == 0 {
		r.next = time.Time{}
	}
	return true
}
