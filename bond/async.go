package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// The plans of a plane that may wait for the kernel are applied by a goroutine of their own.

// startAsync has the plans of a plane that may wait applied by a goroutine of its own. The result
// is an input of control.
func (b *Bond) startAsync() {
	if _, waits := b.plane.(plane.Waiter); waits {
		b.async = plane.NewAsync(b.plane, func(p *plane.Plan, err error) {
			b.tell(input{do: func() { b.applied(time.Now(), p, err) }})
		})
	}
}

// noteLatePlan reports a plan that is late. The one in use goes on.
func (b *Bond) noteLatePlan(now time.Time) {
	if b.work.Overdue(now) {
		b.log.Warn("plan is not in use yet", "error", errPlanLate)
		b.emit(Event{Kind: EventPlane, Err: errPlanLate})
	}
}

// awaitPlan waits until the plane has accepted or refused the newest plan. It does not wait for a
// plane that never works on a plan for long.
func (b *Bond) awaitPlan() {
	if b.async == nil {
		return
	}
	done := make(chan struct{})
	if !b.do(func() { b.afterPlan(func(error) { close(done) }) }) {
		return
	}
	select {
	case <-done:
	case <-b.stopped:
	}
}
