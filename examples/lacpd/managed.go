package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// managed is a bond of the file and its running counterpart. The daemon replaces it and never
// changes it in place, so that a copy can be read at any time.
type managed struct {
	cfg     config.Bond
	live    liveBond       // nil if it could not be opened
	plane   view.DataPlane // of live
	stale   bool           // live does not have the settings of cfg yet
	partial bool           // live lacks only the settings of absent ports
	fault   *fault         // why it does not match cfg; nil if it does
	absent  []absence
	out     []string // ports that a command has taken out, until the next reload
	retries int      // failed tries since fault was first set

	lag     config.LAG    // that live was opened for
	watched time.Duration // the patience of the process that guards the links of live; 0: none does
}

// absence is a port of the file that is not in the bond.
type absence struct {
	name  string
	why   string
	since time.Time
}

// shrink removes the members from a bond that the file does not have. It closes a bond that gets
// another plane. One that can't have the plane of the file keeps its own, and the error is why.
func (d *daemon) shrink(m *managed) error {
	if m.live == nil {
		return nil
	}
	p, err := choosePlane(&m.cfg, d.host.kernels())
	if other := err == nil && p.Name != m.plane.Name; other || m.otherLAG() {
		if other {
			d.log.Warn("bond is opened again for another data plane", "bond", m.cfg.Name, "data_plane", m.cfg.DataPlane)
		} else {
			d.log.Warn("bond is opened again for another lag", "bond", m.cfg.Name, "from", m.lag.Name, "to", m.cfg.LAG.Name)
		}
		d.discharge(m)
		live := m.live
		m.live = nil
		return live.Close()
	}
	links, errs := d.links(), []error{err}
	if err != nil {
		errs[0] = fmt.Errorf("data_plane %s: %w", m.cfg.DataPlane, err)
	}
	st := m.live.Status()
	for i := range st.Members {
		member := &st.Members[i]
		wanted := slices.ContainsFunc(m.cfg.Ports, func(port string) bool { return isMember(member, port, links) })
		if !wanted {
			errs = append(errs, m.live.RemoveMember(member.Name))
		}
	}
	for _, missing := range st.Missing {
		if !slices.Contains(m.cfg.Ports, missing.Name) {
			errs = append(errs, m.live.RemoveMember(missing.Name))
		}
	}
	return errors.Join(errs...)
}

// grow opens a bond, or gives it the settings and ports from the file that it lacks.
func (d *daemon) grow(m *managed) error {
	if m.live == nil {
		return d.open(m)
	}
	// A port may need the new settings, and the settings a new port.
	added, missing := d.addPorts(m)
	if !m.stale && !(m.partial && added) {
		return missing
	}
	setErr := errors.Join(d.applySettings(m), d.group.Change(&m.cfg))
	d.guard(m)
	if missing != nil {
		_, missing = d.addPorts(m)
	}
	return errors.Join(setErr, missing)
}

// applySettings applies the settings of the file to a running bond.
func (d *daemon) applySettings(m *managed) error {
	st, links := m.live.Status(), d.links()
	complete := false
	var unknown error
	err := m.live.Set(func(to *bond.Config) {
		complete = applyAs(&m.cfg, to, func(port string) (string, bool) { return nameIn(&st, port, links) })
		unknown = d.identify(&m.cfg, to)
	})
	err = errors.Join(err, unknown)
	m.stale, m.partial = err != nil, !complete
	return err
}

// applyAs is Apply with the names that ports have in the bond. It leaves out settings of
// ports that the bond does not have yet and reports whether it applied all settings.
func applyAs(c *config.Bond, to *bond.Config, nameOf func(port string) (name string, ok bool)) (complete bool) {
	c.Apply(to)
	complete = true
	if to.Primary != "" {
		if to.Primary, complete = nameOf(to.Primary); !complete {
			to.Primary = ""
		}
	}
	var all [5]bool
	to.Priorities, all[4] = renamed(to.Priorities, nameOf)
	to.PortPriority, all[0] = renamed(to.PortPriority, nameOf)
	to.Keys, all[1] = renamed(to.Keys, nameOf)
	to.Rates, all[2] = renamed(to.Rates, nameOf)
	to.Weights, all[3] = renamed(to.Weights, nameOf)
	return complete && !slices.Contains(all[:], false)
}

// renamed returns per-port settings under the names that the ports have in the bond. complete
// reports whether the bond has all of these ports.
func renamed[V any](settings map[string]V, nameOf func(port string) (name string, ok bool)) (map[string]V, bool) {
	out := make(map[string]V)
	complete := true
	for port, v := range settings {
		if name, ok := nameOf(port); ok {
			out[name] = v
		} else {
			complete = false
		}
	}
	return out, complete
}

// open opens a bond with the ports that are free. Others are added later.
func (d *daemon) open(m *managed) error {
	here := machine{links: d.links(), refuses: d.host.refuses}
	if why := here.deviceName(m.cfg.Name); why != "" {
		return fmt.Errorf("name %s: %s", m.cfg.Name, why)
	}
	cfg := openConfig(&m.cfg, d.args, d.log)
	cfg.Interfaces = nil
	var refused []error
	for _, port := range m.cfg.Ports {
		if slices.Contains(m.out, port) {
			continue
		}
		if err := here.obstacle(port, m.cfg.MTU); err != nil {
			refused = append(refused, err)
			continue
		}
		cfg.Interfaces = append(cfg.Interfaces, port)
	}
	if cfg.Interfaces == nil {
		return errors.Join(refused...)
	}
	plane, err := choosePlane(&m.cfg, d.host.kernels())
	if err == nil {
		err = d.usePlane(plane, &cfg)
	}
	if err == nil {
		err = d.removeLeft(m.cfg.Name, plane, here.links)
	}
	if err != nil {
		return err
	}
	complete := applyAs(&m.cfg, &cfg.Config, func(port string) (string, bool) { return port, slices.Contains(cfg.Interfaces, port) })
	if err := d.identify(&m.cfg, &cfg.Config); err != nil {
		return err
	}
	saved := d.restored(m.cfg.Name)
	cfg.Restore = saved
	live, err := d.host.open(cfg)
	if err != nil {
		return err
	}
	if saved != nil && cfg.Saved == nil {
		d.forget(m.cfg.Name)
	}
	m.live, m.plane, m.stale, m.partial = live, plane, false, !complete
	d.follow(m.cfg.Name, live)
	err = d.enroll(m)
	_, missing := d.addPorts(m)
	return errors.Join(err, missing)
}

// addPorts adds the ports from the file that the bond lacks. added reports whether it added
// one.
func (d *daemon) addPorts(m *managed) (added bool, err error) {
	here := machine{links: d.links(), refuses: d.host.refuses}
	st := m.live.Status()
	var errs []error
	var absent []absence
	for _, port := range m.cfg.Ports {
		if _, ok := nameIn(&st, port, here.links); ok || slices.Contains(m.out, port) {
			continue
		}
		err := here.obstacle(port, m.cfg.MTU)
		if err == nil {
			err = m.live.AddInterface(port)
			added = added || err == nil
		}
		if err != nil {
			errs = append(errs, err)
			absent = append(absent, m.absence(port, err))
		}
	}
	m.absent = absent
	return added, errors.Join(errs...)
}

// obstacle returns why an existing interface can't become a port.
func (m *machine) obstacle(port string, mtu int) error {
	if m.links.find(port) == nil {
		return nil // the bond waits for it
	}
	if p := m.port(port, mtu); p != nil {
		return fmt.Errorf("%s %s: %s", p.Field, p.Value, p.Text)
	}
	return nil
}

// nameIn returns the name that a port has in a bond, as a member or as an interface that the
// bond waits for. ok is false if it is neither.
func nameIn(st *bond.Status, port string, links hostLinks) (name string, ok bool) {
	for i := range st.Members {
		if m := &st.Members[i]; isMember(m, port, links) {
			return m.Name, true
		}
	}
	ok = slices.ContainsFunc(st.Missing, func(m bond.MissingMember) bool { return m.Name == port })
	if !ok {
		return "", false
	}
	return port, true
}

// absence returns the record of a missing port. A port that was missing before keeps its time.
func (m *managed) absence(port string, err error) absence {
	for _, a := range m.absent {
		if a.name == port {
			return absence{port, err.Error(), a.since}
		}
	}
	return absence{port, err.Error(), time.Now()}
}

// isMember reports whether a member is the port that the file names. An interface can have
// several names, and its name can change after it became a member.
func isMember(m *bond.MemberStatus, port string, links hostLinks) bool {
	if m.Link.Renamed == "" {
		return links.same(m.Name, port)
	}
	// The old name still means this member, unless another interface now has that name.
	return links.same(m.Link.Renamed, port) || m.Name == port && links.find(port) == nil
}

// hopeless reports whether every further try fails too, until lacpd is started in another way.
func hopeless(err error) bool {
	var ce *bond.ConfigError
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) || errors.As(err, &ce)
}

func openConfig(c *config.Bond, a runFlags, log *slog.Logger) bond.OpenConfig {
	cfg := c.OpenConfig()
	cfg.Logger, cfg.StateDir, cfg.KeepDevice = log, a.stateDir, a.warm
	if a.trace {
		log := log.With("bond", c.Name)
		cfg.Trace = func(t lacp.Transition) {
			log.Log(context.Background(), slog.LevelInfo, "transition", "port", int(t.Port), "machine", t.Machine.String(), "from", t.From, "to", t.To, "why", t.Why)
		}
	}
	return cfg
}
