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

// Drifter is a [Waiter] that notices when another program changes what Apply has set.
type Drifter interface {
	// Drifted returns a channel that gets a value when that may have happened.
	Drifted() <-chan struct{}
	// Restore sets again what differs from the plan in use, and reports it by [Host.Restored]. An
	// error is like one of Apply.
	Restore() error
}

// Async applies plans to a plane on a goroutine of its own, which exists while there are any. The
// newest plan wins: a plan that has not begun when another comes is left out.
type Async struct {
	plane   Plane
	drifter Drifter // nil: the plane is none
	done    func(*Plan, error)
	quit    chan struct{}
	inUse   *Plan // belongs to run

	mu      sync.Mutex
	next    *Plan // waits
	drifted bool  // the plan in use may have to be restored
	running bool
	stopped bool
	ended   sync.WaitGroup
}

// NewAsync returns an Async that calls done with the result of each plan that the plane was given,
// and again with the plan in use if the plane, being a [Drifter], can't restore it. The plane must
// be open.
func NewAsync(p Plane, done func(*Plan, error)) *Async {
	a := &Async{plane: p, done: done, quit: make(chan struct{})}
	if d, ok := p.(Drifter); ok {
		a.drifter = d
		a.ended.Go(a.follow)
	}
	return a
}

// restoreInterval is the least time between two calls of [Drifter.Restore]. Another program may undo
// at once what was set.
const restoreInterval = 100 * time.Millisecond

// follow has the plan in use restored when it has drifted.
func (a *Async) follow() {
	for {
		select {
		case <-a.drifter.Drifted():
			a.begin(func() { a.drifted = true })
		case <-a.quit:
			return
		}
		select {
		case <-time.After(restoreInterval):
		case <-a.quit:
			return
		}
	}
}

// Apply makes p the newest plan, and returns at once. After Stop it does nothing.
func (a *Async) Apply(p *Plan) { a.begin(func() { a.next = p }) }

// begin adds work.
func (a *Async) begin(add func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped {
		return
	}
	add()
	if !a.running {
		a.running = true
		a.ended.Go(a.run)
	}
}

func (a *Async) run() {
	for {
		a.mu.Lock()
		p, drifted := a.next, a.drifted
		a.next, a.drifted, a.running = nil, false, p != nil || drifted
		a.mu.Unlock()
		switch {
		case p != nil:
			err := a.plane.Apply(p)
			if err == nil {
				a.inUse = p
			}
			a.done(p, err)
		case !drifted:
			return
		}
		if drifted && a.inUse != nil {
			if err := a.drifter.Restore(); err != nil {
				a.done(a.inUse, err)
			}
		}
	}
}

// Stop drops the plan that waits, and returns when the one that runs has ended.
func (a *Async) Stop() {
	a.mu.Lock()
	if !a.stopped {
		close(a.quit)
	}
	a.next, a.drifted, a.stopped = nil, false, true
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
