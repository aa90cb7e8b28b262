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
		sooner(m.repair.Next)
		sooner(m.waiting.Next())
	}
	sooner(b.moving.Next())
	sooner(b.answers.Next())
	sooner(b.dev.remake.Next())
	sooner(b.outlives.Next())
	sooner(b.refusal.Next())
	sooner(b.work.Next())
	if !b.work.Busy() {
		sooner(b.shares.Next())
		sooner(b.announcer.Next())
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
	if b.flush(now) {
		b.applyEffects(now)
	}
	b.answers.Run(now)
	b.noteLatePlan(now)
	if !b.work.Busy() {
		b.balance(now)
		b.announcer.Run(now, b.cfg.AnnounceInterval)
	}
	b.remakeDevice(now)
	b.retryPlan(now)
	b.renewPlane(now)
	if failed := b.keepPromises(now); failed != nil {
		b.notSent(now, failed)
		b.applyEffects(now)
	}
}
