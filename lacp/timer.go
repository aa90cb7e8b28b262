package lacp

import (
	"math"
	"time"
)

// instant is a time in nanoseconds since the System's first input.
type instant int64

// never is later than every instant. It is the value of a stopped timer.
const never instant = math.MaxInt64

// timer is the instant when the timer expires.
type timer instant

func (t *timer) start(now instant, d time.Duration) { *t = timer(now + instant(d)) }
func (t *timer) stop()                              { *t = timer(never) }
func (t timer) running() bool                       { return instant(t) != never }
func (t timer) expired(now instant) bool            { return instant(t) <= now }

// timerTolerance is how late a timer may be handled (6.4.4).
const timerTolerance = 250 * time.Millisecond

// from returns the start of the period that follows t. That is the instant when t
// expired, if it was at most timerTolerance ago, so that delays do not add up from
// period to period; otherwise now.
func (t timer) from(now instant) instant {
	if late := now - instant(t); late > 0 && late <= instant(timerTolerance) {
		return instant(t)
	}
	return now
}
