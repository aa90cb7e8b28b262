package netlab

import (
	"sync"
	"time"
)

// Arrivals are the times when something arrived.
type Arrivals struct {
	mu    sync.Mutex
	times []time.Time
}

// Note records an arrival.
func (a *Arrivals) Note(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = append(a.times, at)
}

// Longest returns the longest time without an arrival between two times.
func (a *Arrivals) Longest(from, to time.Time) (longest time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := from
	for _, at := range append(a.times[:len(a.times):len(a.times)], to) {
		if !at.Before(from) && !at.After(to) {
			longest, last = max(longest, at.Sub(last)), at
		}
	}
	return longest
}
