package group

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

// lag is this box's part of a LAG. Group.mu guards it.
type lag struct {
	bond    config.Bond
	carrier chassis.Carrier
	err     error // why the group does not decide about it

	active chassis.ID
	epoch  uint64        // of active; with External the highest that came
	until  time.Duration // with External: of the permission, by plane.Clock

	since time.Time // when active and epoch were learnt
}

// learn notes which box carries the LAG. The caller holds Group.mu.
func (l *lag) learn(active chassis.ID, epoch uint64, at time.Time) {
	if l.active != active || l.epoch != epoch || l.since.IsZero() {
		l.active, l.epoch, l.since = active, epoch, at
	}
}

// Add makes the group decide about the LAG of a bond, and compare it with those of other boxes. A bond
// without a LAG needs neither.
func (g *Group) Add(b *config.Bond, c chassis.Carrier) error {
	if g == nil || b.LAG.Name == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &lag{bond: *b, carrier: c}
	g.lags[b.LAG.Name] = l
	switch {
	case g.Config.External, g.chassis == nil && b.LAG.All:
		return nil
	case g.chassis == nil:
		return c.SetPermission(bond.Permission{Code: lacp.ReasonNoStore})
	}
	l.err = g.add(l)
	return l.err
}

// add makes the chassis decide about a LAG. The caller holds g.mu.
func (g *Group) add(l *lag) error {
	return g.chassis.Add(l.bond.LAG.Name, l.carrier, lagOf(&l.bond))
}

// lagOf returns the settings of a bond's LAG.
func lagOf(b *config.Bond) chassis.LAG {
	l := chassis.LAG{
		MinScore: max(b.MinLinks, 1), Prefer: chassis.ID(b.LAG.Prefer), RestoreDelay: b.RestoreDelay(), NeedsReady: b.LAG.WaitReady,
	}
	if b.LAG.HoldIsolated {
		l.OnIsolation = chassis.IsolationHold
	}
	l.Settings, l.AllActive = b.Shared(), b.LAG.All
	return l
}

// Change gives a LAG other settings. Its name and mode stay.
func (g *Group) Change(b *config.Bond) error {
	if g == nil || b.LAG.Name == "" {
		return nil
	}
	g.mu.Lock()
	l, c := g.lags[b.LAG.Name], g.chassis
	if l != nil {
		l.bond = *b
	}
	g.mu.Unlock()
	if l == nil || c == nil {
		return nil
	}
	return c.Change(b.LAG.Name, lagOf(b))
}

// Remove takes a LAG away from this box. Another box takes it first, if it can.
func (g *Group) Remove(name string) error {
	if g == nil || name == "" {
		return nil
	}
	g.mu.Lock()
	l, c := g.lags[name], g.chassis
	delete(g.lags, name)
	g.mu.Unlock()
	if l == nil || c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.Config.Hold+leaveTime)
	defer cancel()
	if err := c.Remove(ctx, name); !errors.Is(err, chassis.ErrNoLAG) { // an error of Add
		return err
	}
	return nil
}

// Yield gives all LAGs that this box carries to others, as far as they can take them.
func (g *Group) Yield(ctx context.Context) {
	if g == nil {
		return
	}
	c, err := g.joined()
	if err != nil {
		return
	}
	done := make(chan struct{})
	names := g.names()
	for _, name := range names {
		go func() {
			// An error means that it is not active, or that no other box can take over.
			_ = c.HandOver(ctx, name, "")
			done <- struct{}{}
		}()
	}
	for range names {
		<-done
	}
}

// names returns the names of the LAGs.
func (g *Group) names() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.lags))
}

// allowed returns the names of the LAGs as a refusal lists them. The caller holds g.mu.
func (g *Group) allowed() string {
	if len(g.lags) == 0 {
		return "nothing, no bond with a lag is open"
	}
	return strings.Join(slices.Sorted(maps.Keys(g.lags)), ", ")
}

// find returns the LAG with a name, which the boxes carry one at a time.
func (g *Group) find(name string) (*lag, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lags[name]
	switch {
	case l == nil:
		return nil, &lacp.FieldError{Field: "lag", Value: name, Allowed: g.allowed()}
	case l.bond.LAG.All:
		return nil, &lacp.FieldError{Field: "lag", Value: name, Allowed: "a LAG with lag_mode STANDBY; all boxes carry this one"}
	}
	return l, nil
}

// HandOver gives a LAG to another box, or with an empty name to the best, and waits for that. It returns
// the box that carries it then. The error is a [*lacp.FieldError] or why that failed.
func (g *Group) HandOver(ctx context.Context, name, to string) (active string, err error) {
	if _, err := g.find(name); err != nil {
		return "", err
	}
	if g.Config.External {
		return "", g.onlyDecided("handover")
	}
	c, err := g.joined()
	if err != nil {
		return "", err
	}
	if err := c.HandOver(ctx, name, chassis.ID(to)); err != nil {
		return "", err
	}
	st, err := c.Status(name)
	return string(st.View.Active), err
}

// SetReady reports whether the services behind a LAG are ready on this box. The error is a
// [*lacp.FieldError] or why that failed.
func (g *Group) SetReady(name string, ready bool) error {
	l, err := g.find(name)
	if err != nil {
		return err
	}
	if g.Config.External {
		return g.onlyDecided("ready")
	}
	g.mu.Lock()
	waits := l.bond.LAG.WaitReady
	g.mu.Unlock()
	if !waits {
		return &lacp.FieldError{Field: "lag", Value: name, Allowed: "a LAG with lag_ready EXTERNAL"}
	}
	c, err := g.joined()
	if err != nil {
		return err
	}
	return c.SetReady(name, ready)
}

func (g *Group) onlyDecided(command string) error {
	return &lacp.FieldError{Field: "command", Value: command, Allowed: "permit and stop, because of external true: the box's own engine decides"}
}

// Permit lets this box carry a LAG until hold after asked, a time of [plane.Clock]: the engine began to
// find out at that time that this box is active. epoch counts its decisions. The error is a
// [*lacp.FieldError] or that of the bond.
func (g *Group) Permit(name string, asked, hold time.Duration, epoch uint64) error {
	l, err := g.external(name, "permit")
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case epoch < l.epoch:
		return &lacp.FieldError{Field: "epoch", Value: strconv.FormatUint(epoch, 10), Allowed: strconv.FormatUint(l.epoch, 10) + " and more: that decision came already"}
	case asked+hold <= plane.Clock():
		return &lacp.FieldError{Field: "hold", Value: hold.String(), Allowed: "a time that is not over yet: the order came too late"}
	}
	e, err := chassis.NewExternal(l.carrier, hold)
	if err != nil {
		return err
	}
	if err := e.Renew(asked, epoch); err != nil {
		return err
	}
	l.until = asked + hold
	l.learn(chassis.ID(g.Config.Name), epoch, time.Now())
	return nil
}

// Stop makes this box stop carrying a LAG, which another one may do at once. active is its name, if it
// is known. The error is a [*lacp.FieldError] or that of the bond.
func (g *Group) Stop(name, active string) error {
	l, err := g.external(name, "stop")
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	e, err := chassis.NewExternal(l.carrier, config.DefaultHold)
	if err != nil {
		return err
	}
	if err := e.Stop(chassis.ID(active)); err != nil {
		return err
	}
	l.until = 0
	l.learn(chassis.ID(active), l.epoch, time.Now())
	return nil
}

// external returns a LAG that the box's own engine decides about.
func (g *Group) external(name, command string) (*lag, error) {
	l, err := g.find(name)
	if err == nil && !g.Config.External {
		err = &lacp.FieldError{Field: "command", Value: command, Allowed: "handover and ready: the group decides itself, external is not true"}
	}
	return l, err
}
