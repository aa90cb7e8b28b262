package bond

import (
	"sync"
	"time"
)

// readiness records whether a bond carries data, and wakes those who wait for it.
type readiness struct {
	mu      sync.Mutex
	up      bool
	since   time.Time
	changed chan struct{} // closed with the next change
}

func (r *readiness) init() {
	r.changed = make(chan struct{})
	r.since = time.Now()
}

// get returns the state and a channel that is closed when it changes.
func (r *readiness) get() (up bool, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up, r.changed
}

func (r *readiness) isUp() bool {
	up, _ := r.get()
	return up
}

// set records the state and reports whether it changed.
func (r *readiness) set(up bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if up == r.up {
		return false
	}
	r.up, r.since = up, time.Now()
	close(r.changed)
	r.changed = make(chan struct{})
	return true
}
