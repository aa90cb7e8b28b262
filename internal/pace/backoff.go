// Package pace spaces out attempts that fail, repetitions, and actions that wait for a condition.
package pace

import "time"

// Backoff is a pause that doubles from First up to Most. The first Free attempts have none.
type Backoff struct {
	First, Most time.Duration
	Free        int
}

// Pause returns the pause after a number of attempts in a row.
func (b Backoff) Pause(tries int) time.Duration {
	n := tries - b.Free
	if n < 0 {
		return 0
	}
	return min(b.First<<min(n, 10), b.Most)
}
