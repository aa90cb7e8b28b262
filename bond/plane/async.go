package plane

import (
	"sync"
	"time"
)

// Waiter is a [Plane] whose Apply may take long, for example because it waits for a lock of the
// kernel. The bond has an [Async] call it. While Apply runs, the bond calls only Counters,
// MemberCounters, [Sender.Send], [Extender.Extend] and [Fencer.Permit], which must not wait. A Waiter is no [Holder].
type Waiter interface {
	// ApplyWaits does nothing. It only marks the plane.
	ApplyWaits()
}

// CounterReader is a [Waiter] whose Counters and MemberCounters return what ReadCounters has read
// last, because reading may take long.
type CounterReader interface {
	ReadCounters()
}

// Async applies plans to a plane on a goroutine of its own, which exists while there are any. The
// newest plan wins: a plan that has not begun when another comes is left out.
type Async struct {
	plane Plane
	done  func(*Plan, error)

	mu      sync.Mutex
	next    *Plan // waits
	running bool
	stopped bool
	ended   sync.WaitGroup
}

// NewAsync returns an Async that calls done with the result of each plan that the plane was given.
// The plane must be open.
func NewAsync(p Plane, done func(*Plan, error)) *Async { return &Async{plane: p, done: done} }

// Apply makes p the newest plan, and returns at once. After Stop it does nothing.
func (a *Async) Apply(p *Plan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped {
		return
	}
	a.next = p
	if !a.running {
		a.running = true
		a.ended.Go(a.run)
	}
}

func (a *Async) run() {
	for {
		a.mu.Lock()
		p := a.next
		a.next, a.running = nil, p != nil
		a.mu.Unlock()
		if p == nil {
			return
		}
		a.done(p, a.plane.Apply(p))
	}
}

// Stop drops the plan that waits, and returns when the one that runs has ended.
func (a *Async) Stop() {
	a.mu.Lock()
	a.next, a.stopped = nil, true
	a.mu.Unlock()
	a.ended.Wait()
}

// ReadWithin reads the counters of a [CounterReader], but returns after a time even if that goes
// on.
func ReadWithin(r CounterReader, limit time.Duration) {
	done := make(chan struct{})
	go func() { r.ReadCounters(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
