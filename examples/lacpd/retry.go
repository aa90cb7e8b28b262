package main

import "time"

// Another try comes after firstRetry, and twice as late each time, up to lastRetry: what an
// operator has put right is used within moments.
const (
	firstRetry = time.Second
	lastRetry  = 2 * time.Second
)

// fault is what went wrong with a bond, and when it is tried again.
type fault struct {
	err   error
	since time.Time // the first time it was this
	pause time.Duration
	next  time.Time
}

// faultAfter returns the fault once err happened after before, which may be nil.
func faultAfter(before *fault, err error, now time.Time) *fault {
	f := &fault{err: err, since: now, pause: firstRetry}
	if before != nil {
		f.pause = min(2*before.pause, lastRetry)
		if before.err.Error() == err.Error() {
			f.since = before.since
		}
	}
	f.next = now.Add(f.pause)
	return f
}
