package bond

import "time"

// tick is the grid of the LACP timers, shared by all bonds of a process. A wake-up costs more
// than the work done in it, so one wake-up serves all ports that are due within a tick. A
// timer may be served 250 ms late (802.1AX-2014, 6.4.4), and the delay does not add up.
const tick = 20 * time.Millisecond

// onTick returns the first point of the grid that is not before at; zero if at is zero.
func onTick(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	// Truncate would lose the monotonic clock reading, and changes of the wall clock would
	// then shift at.
	if past := time.Duration(at.UnixNano()) % tick; past > 0 {
		return at.Add(tick - past)
	}
	return at
}
