// Package readiness records whether something is up, and wakes those who wait for it.
package readiness

import (
	"context"
	"net"
	"sync"
	"time"
)

// Readiness is whether something is up, and since when. Use [New] to make one.
type Readiness struct {
	mu      sync.Mutex
	up      bool
	since   time.Time
	changed chan struct{} // closed with the next change
}

// New returns a Readiness that is not up.
func New() *Readiness { return &Readiness{changed: make(chan struct{}), since: time.Now()} }

// Up reports whether it is up.
func (r *Readiness) Up() bool {
	up, _, _ := r.get()
	return up
}

// Since returns when that last changed.
func (r *Readiness) Since() time.Time {
	_, since, _ := r.get()
	return since
}

// get also returns a channel that is closed when the state changes.
func (r *Readiness) get() (up bool, since time.Time, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up, r.since, r.changed
}

// Set records the state and reports whether it changed.
func (r *Readiness) Set(up bool) bool {
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

// Wait waits until it is up. The error is ctx's, or [net.ErrClosed] once ended is closed.
func (r *Readiness) Wait(ctx context.Context, ended <-chan struct{}) error {
	for {
		up, _, changed := r.get()
		if up {
			return nil
		}
		select {
		case <-changed:
		case <-ended:
			return net.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
