package pace

import "time"

// Refusal records that something was refused, and paces further attempts until one is accepted.
// The zero value records none.
type Refusal struct {
	err   error  // nil: nothing was refused, or the pause is over
	text  string // of the last error
	tries int    // refused in a row
	until time.Time
}

// Refused records a refusal. A pause begins unless one is under way. It reports whether the
// error is another than the last.
func (r *Refusal) Refused(now time.Time, pauses Backoff, err error) (news bool) {
	if r.err == nil {
		r.until = now.Add(pauses.Pause(r.tries))
		r.tries++
	}
	news = err.Error() != r.text
	r.err, r.text = err, err.Error()
	return news
}

// Err returns the last error during a pause; otherwise nil.
func (r *Refusal) Err() error { return r.err }

// Next returns when the pause is over; zero if none is under way.
func (r *Refusal) Next() time.Time {
	if r.err == nil {
		return time.Time{}
	}
	return r.until
}

// Take reports whether a pause is over, so that the next attempt is due, and ends it.
func (r *Refusal) Take(now time.Time) bool {
	if r.err == nil || r.until.After(now) {
		return false
	}
	r.err = nil
	return true
}

// Accepted records that an attempt was accepted. It reports whether that ends a refusal; what is
// accepted during a pause does not.
func (r *Refusal) Accepted() bool {
	if r.tries == 0 || r.err != nil {
		return false
	}
	*r = Refusal{}
	return true
}
