package pace

import "time"

// Poll checks a condition every so often until it holds, a limit is over, or stop is closed. It
// reports whether the condition held.
func Poll(every, limit time.Duration, stop <-chan struct{}, holds func() bool) bool {
	end := time.After(limit)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			return false
		case <-stop:
			return false
		}
	}
	return true
}
