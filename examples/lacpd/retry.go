package main

import "time"

// The first retry comes after firstRetry. The pause doubles each time, up to lastRetry, so
// that an operator's correction takes effect within moments.
const (
	firstRetry = time.Second
	lastRetry  = 2 * time.Second
)

// fault is the error of a bond and the time of its next try.
type fault struct {
	err   error
	since time.Time // when this error first happened
	pause time.Duration
	next  time.Time
}

// faultAfter returns the fault for err, which happened after the fault before. before may be
// nil.
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
