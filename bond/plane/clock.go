package plane

import (
	"math"
	"time"
)

// Forever is later than every time of [Clock].
const Forever time.Duration = math.MaxInt64

// began is the start of [Clock], and sleptBefore how long the machine had slept by then.
var began, sleptBefore = time.Now(), slept()

// Clock returns the time that limits permissions: see [Fencer]. It starts at the time since 1970
// by the wall clock, as it was when the process began, and is always positive. Changes of the
// wall clock do not affect it, and it goes on while the machine sleeps.
func Clock() time.Duration {
	return time.Duration(began.UnixNano()) + time.Since(began) + slept() - sleptBefore
}
