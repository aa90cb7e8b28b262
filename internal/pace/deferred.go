package pace

import (
	"slices"
	"time"
)

// Deferred holds actions that wait for a condition, but not longer than for a limit.
type Deferred struct {
	Limit time.Duration // how long an action waits at most
	Look  time.Duration // how often the conditions are checked

	waiting []deferred
	next    time.Time
}

type deferred struct {
	holds func() bool
	until time.Time
	act   func()
}

// Add adds an action for when a condition holds.
func (d *Deferred) Add(now time.Time, holds func() bool, act func()) {
	d.waiting = append(d.waiting, deferred{holds, now.Add(d.Limit), act})
	d.next = now.Add(d.Look)
}

// Next returns when the conditions are to be checked again; zero if no action waits.
func (d *Deferred) Next() time.Time { return d.next }

// Run runs the actions whose condition holds or whose limit is over, if that is due.
func (d *Deferred) Run(now time.Time) {
	if d.next.IsZero() || d.next.After(now) {
		return
	}
	d.waiting = slices.DeleteFunc(d.waiting, func(w deferred) bool {
		if w.until.After(now) && !w.holds() {
			return false
		}
		w.act()
		return true
	})
	d.next = time.Time{}
	if len(d.waiting) > 0 {
		d.next = now.Add(d.Look)
	}
}
