package pace

import "time"

// Lease schedules the renewals of something that ends by itself unless it is renewed. The zero
// value has to be renewed at once.
type Lease struct {
	begun bool
	lasts time.Duration
	next  time.Time // zero: no renewal is due
}

// mostBetween is the longest time between two renewals. It bounds how long a lease follows an
// older duration.
const mostBetween = 5 * time.Second

// Renew reports whether a lease that is to last for a time from now, or for ever if that is 0, has
// to be renewed: when a quarter of it has passed, and when it is to last for another time.
func (l *Lease) Renew(now time.Time, lasts time.Duration) bool {
	if l.begun && lasts == l.lasts && (l.next.IsZero() || l.next.After(now)) {
		return false
	}
	*l = Lease{begun: true, lasts: lasts}
	if lasts > 0 {
		l.next = now.Add(min(lasts/4, mostBetween))
	}
	return true
}

// Next returns when the next renewal is due; zero if none is.
func (l *Lease) Next() time.Time { return l.next }
