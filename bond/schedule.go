package bond

import "time"

// deadline returns when control has to act without an input; zero if never.
func (b *Bond) deadline() time.Time {
	at := b.mode.Deadline()
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
	if at := b.mode.Deadline(); !at.IsZero() && !at.After(now) {
		b.mode.Advance(now)
		b.applyEffects(now)
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
