package bond

import "time"

// deadline returns when control has to act without an input; zero if never.
func (b *Bond) deadline() time.Time {
	at := b.mode.deadline()
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	for _, m := range b.members {
		sooner(m.due)
		sooner(m.repair.next)
	}
	sooner(b.flushing.until)
	sooner(b.flushing.settle)
	sooner(b.answerAt)
	sooner(b.announcing.next)
	sooner(b.rejoining.next)
	sooner(b.dev.remakeAt)
	if b.refusal.err != nil {
		sooner(b.refusal.until)
	}
	return at
}

// advance does the work that is due.
func (b *Bond) advance(now time.Time) {
	if at := b.mode.deadline(); !at.IsZero() && !at.After(now) {
		b.mode.advance(now)
	}
	b.passDelayed(now)
	b.repairDue(now)
	b.flush(now)
	b.sendAnswers(now)
	b.repeatAnnouncements(now)
	b.remakeDevice(now)
	b.retryPlan(now)
}

// repeater schedules an action that is repeated a number of times.
type repeater struct {
	next time.Time // zero: no repetition is left
	left int
}

// start schedules count repetitions, the first at once.
func (r *repeater) start(now time.Time, count int) {
	*r = repeater{}
	if count > 0 {
		*r = repeater{now, count}
	}
}

// take reports whether a repetition is due, and schedules the next.
func (r *repeater) take(now time.Time, interval time.Duration) bool {
	if r.next.IsZero() || r.next.After(now) {
		return false
	}
	r.left--
	r.next = now.Add(interval)
	if r.left == 0 {
		r.next = time.Time{}
	}
	return true
}

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
