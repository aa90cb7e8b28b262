package chassis

import (
	"context"

	"github.com/lagkit/lagkit/bond/plane"
)

// Change replaces the settings of a LAG, except for Score. With NeedsReady newly set,
// the LAG waits for [Chassis.SetReady]. The error is [ErrNoLAG], a [*lacp.FieldError] or [net.ErrClosed].
func (c *Chassis) Change(lag string, o LAG) error {
	r := c.role(lag)
	if r == nil {
		return ErrNoLAG
	}
	m, err := New(plane.Clock(), c.group.config(c.boot, o)) // only to check it
	if err != nil {
		return err
	}
	return r.do(func() { r.change(o, m.cfg) })
}

// change carries out [Chassis.Change]. cfg is the configuration with defaults.
func (r *role) change(o LAG, cfg Config) {
	o.Score = r.options.Score
	if o.NeedsReady != r.options.NeedsReady {
		r.setReady(!o.NeedsReady)
	}
	r.options = o
	to := &r.machine.cfg
	to.MinScore, to.Prefer, to.RestoreDelay, to.OnIsolation = cfg.MinScore, cfg.Prefer, cfg.RestoreDelay, cfg.OnIsolation
}

// Remove takes a LAG away from this chassis. If this one carries it and another one can take it, Remove
// first hands it over, and waits for that until ctx is done. The carrier has no permission afterwards. The
// error is [ErrNoLAG], or that of the handover if it did not succeed in time; the LAG is removed then, too.
func (c *Chassis) Remove(ctx context.Context, lag string) error {
	r := c.role(lag)
	if r == nil {
		return ErrNoLAG
	}
	err := c.HandOver(ctx, lag, "")
	if ctx.Err() == nil {
		err = nil // it is not active, or no other chassis can take over
	}
	c.mu.Lock()
	if c.roles[lag] == r {
		delete(c.roles, lag)
	}
	c.mu.Unlock()
	r.cancel()
	<-r.ended
	return err
}
