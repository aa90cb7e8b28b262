package chassis

import (
	"context"

	"github.com/lagkit/lagkit/bond/plane"
)

// Change replaces the settings of a LAG, except for Score and AllActive. With NeedsReady newly set, the LAG
// waits for [Chassis.SetReady]. The error is [ErrNoLAG], a [*lacp.FieldError] or [net.ErrClosed].
func (c *Chassis) Change(lag string, o LAG) error {
	p := c.part(lag)
	if p == nil {
		return ErrNoLAG
	}
	settings, err := c.group.settings(o)
	if err != nil {
		return err
	}
	m, err := New(plane.Clock(), c.group.config(c.boot, o)) // only to check it
	if err != nil {
		return err
	}
	return p.do(func() {
		p.adopt(settings)
		if r, ok := p.(*role); ok {
			r.change(o, m.cfg)
		}
	})
}

// change replaces the settings of the role. cfg is the configuration with defaults.
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
// error is [ErrNoLAG], or ctx's if the handover took too long; the LAG is removed then, too.
func (c *Chassis) Remove(ctx context.Context, lag string) error {
	p := c.part(lag)
	if p == nil {
		return ErrNoLAG
	}
	_ = c.HandOver(ctx, lag, "") // it is not active, or no other chassis can take over
	err := ctx.Err()
	c.mu.Lock()
	if c.parts[lag] == p {
		delete(c.parts, lag)
	}
	c.mu.Unlock()
	p.stop()
	c.herald.set(lag, nil)
	return err
}
