package bond

import "time"

// tick is the grid that the timers of LACP are served on, in all bonds of a process: a
// wake-up costs more than what is done in it, and so one serves all ports that are due
// within it. A timer may be served 250 ms late (802.1AX-2014, 6.4.4), and being late
// does not add up.
const tick = 20 * time.Millisecond

// onTick returns the first point of the grid that is not before at; zero if at is.
func onTick(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	// Not Truncate, which would leave at to the changes of the wall clock.
	if past := time.Duration(at.UnixNano()) % tick; past > 0 {
		return at.Add(tick - past)
	}
	return at
}
