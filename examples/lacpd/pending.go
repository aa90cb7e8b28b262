package main

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/confirm"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// pending is a change that was applied and waits for its confirmation. Until then lacpd's file
// has the old configuration, so that a restart comes back with that.
type pending struct {
	change   *confirm.Change
	before   []oldBond
	text     []byte        // of the file that the bonds were made from before
	deadline time.Duration // since the boot: the time of a suspended machine counts
}

// oldBond is what a change replaces.
type oldBond struct {
	cfg config.Bond
	out []string
}

// remaining returns the time that is left to confirm.
func (p *pending) remaining(now time.Duration) time.Duration {
	return max(0, p.deadline-now).Truncate(time.Second)
}

// refusal refuses another change meanwhile.
func (p *pending) refusal(now time.Duration) error {
	return control.Refused("change", "another one waits for "+p.remaining(now).String()+" more", "first lacpd confirm or lacpd rollback")
}

// pendingCheck is how often the clock is read: a timer stops while the machine is suspended.
const pendingCheck = time.Second

// pendingTick returns a channel that gets a value when a pending change has to be looked at. It
// is nil without one.
func (d *daemon) pendingTick() <-chan time.Time {
	if d.pending == nil {
		return nil
	}
	return time.After(min(max(0, d.pending.deadline-d.host.bootTime()), pendingCheck))
}

// begin makes a change pending. d.bonds are still those before it.
func (d *daemon) begin(change *confirm.Change, within time.Duration) {
	p := &pending{change: change, deadline: d.host.bootTime() + within, text: d.text}
	for _, m := range d.list() {
		p.before = append(p.before, oldBond{m.cfg, m.out})
	}
	d.pending = p
	now := time.Now()
	d.setTrial(&view.Pending{Since: now, Deadline: now.Add(within), Within: int(within / time.Second)})
}

func (d *daemon) setTrial(v *view.Pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trial = v
}

// rollBackIfDue puts the old configuration back if nothing confirmed the new one in time.
func (d *daemon) rollBackIfDue() {
	if d.pending != nil && d.host.bootTime() >= d.pending.deadline {
		d.log.Warn("change not confirmed in time, the old configuration comes back")
		d.rollBack("not confirmed in time")
	}
}

// rollBack puts the old configuration back.
func (d *daemon) rollBack(why string) {
	p := d.pending
	var before []config.Bond
	for i := range p.before {
		before = append(before, p.before[i].cfg)
	}
	d.applyAnd(before, func(bonds []managed) {
		for i := range bonds {
			bonds[i].out = slices.Clone(p.before[i].out)
		}
	})
	d.text = p.text
	d.dropPending()
	d.news.tell(view.EventRolledBack, why)
	d.log.Info("old configuration is back", "bonds", len(before), "why", why)
}

// dropPending forgets a pending change.
func (d *daemon) dropPending() {
	if d.pending == nil {
		return
	}
	if err := d.pending.change.Drop(); err != nil {
		d.log.Error("text of a change that was undone not removed", "error", err)
	}
	d.pending = nil
	d.setTrial(nil)
}

// sweepPending removes what the last run has left of a change that was not confirmed.
func (d *daemon) sweepPending() {
	at, err := confirm.Sweep(d.args.config)
	switch {
	case err != nil:
		d.log.Error("text of a change that was not confirmed not removed", "error", err)
	case !at.IsZero():
		d.log.Warn("change was not confirmed before the last end of lacpd, the old configuration is back", "changed", at.Format(time.RFC3339))
	}
}
