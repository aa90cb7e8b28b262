package chassis

import (
	"context"
	"strconv"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Change replaces the options that [Chassis.Add] got for a LAG, except for Score and AllActive. With NeedsReady
// newly set, the LAG waits for [Chassis.SetReady]. The error is [ErrNoLAG], a [*lacp.FieldError] or
// [net.ErrClosed].
func (c *Chassis) Change(lag string, o LAG) error {
	p := c.part(lag)
	if p == nil {
		return ErrNoLAG
	}
	m, err := New(plane.Clock(), c.group.config(c.boot, o)) // only to check it
	if err != nil {
		return err
	}
	settings, err := c.group.settings(o)
	if err != nil {
		return err
	}
	if e := p.do(func() { err = p.change(o, m.cfg, settings) }); e != nil {
		return e
	}
	return err
}

// change carries out [Chassis.Change]. cfg is the configuration with defaults.
func (r *role) change(o LAG, cfg Config, settings map[string]string) error {
	if err := r.adopt(o, settings); err != nil {
		return err
	}
	if r.options.NeedsReady != o.NeedsReady {
		r.setReady(!o.NeedsReady)
	}
	o.Score = r.options.Score
	r.options = o
	to := &r.machine.cfg
	to.MinScore, to.Prefer, to.RestoreDelay, to.OnIsolation = cfg.MinScore, cfg.Prefer, cfg.RestoreDelay, cfg.OnIsolation
	return nil
}

// change carries out [Chassis.Change].
func (s *shared) change(o LAG, _ Config, settings map[string]string) error {
	return s.adopt(o, settings)
}

// adopt replaces the settings. The error is a [*lacp.FieldError].
func (a *agreement) adopt(o LAG, settings map[string]string) error {
	if o.AllActive != a.all {
		return &lacp.FieldError{Field: "AllActive", Value: strconv.FormatBool(o.AllActive), Allowed: strconv.FormatBool(a.all) + ", as when the LAG was added"}
	}
	a.settings = settings
	return nil
}

// Remove takes a LAG away from this chassis. If this one carries it and another one can take it, Remove
// first hands it over, and waits for that until ctx is done. The carrier has no permission afterwards. The
// error is [ErrNoLAG], or that of the handover if it did not succeed in time; the LAG is removed then, too.
func (c *Chassis) Remove(ctx context.Context, lag string) error {
	p := c.part(lag)
	if p == nil {
		return ErrNoLAG
	}
	err := c.HandOver(ctx, lag, "")
	if ctx.Err() == nil {
		err = nil // it is not active, or no other chassis can take over
	}
	c.mu.Lock()
	if c.parts[lag] == p {
		delete(c.parts, lag)
	}
	c.mu.Unlock()
	p.stop()
	c.herald.forget(lag)
	return err
}
