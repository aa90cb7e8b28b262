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
	"github.com/lagkit/lagkit/lacp"
)

// managed is a bond of the file, and what runs of it. It is replaced, not changed,
// so that a copy can be read at any time.
type managed struct {
	cfg     bondConfig
	live    liveBond // nil: it could not be opened
	stale   bool     // cfg has not been handed to live
	fault   *fault   // what keeps it from being what cfg says; nil: nothing
	absent  []absence
	retries int // since fault is there
}

// absence is a port of the file that is not in the bond.
type absence struct {
	name  string
	why   string
	since time.Time
}

// shrink takes out of a bond the members that the file does not have.
func (d *daemon) shrink(m *managed) error {
	if m.live == nil {
		return nil
	}
	links := d.links()
	var errs []error
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

// grow opens a bond, or gives it the settings and ports of the file that it lacks.
func (d *daemon) grow(m *managed) error {
	if m.live == nil {
		return d.open(m)
	}
	// A port may need the new settings, and the settings a new port.
	missing := d.addPorts(m)
	var setErr error
	if m.stale {
		if setErr = m.live.Set(m.cfg.apply); setErr == nil {
			m.stale = false
		}
		if missing != nil {
			missing = d.addPorts(m)
		}
	}
	return errors.Join(setErr, missing)
}

// open opens a bond with the ports that can be had. Others are added later.
func (d *daemon) open(m *managed) error {
	here := machine{links: d.links(), refuses: d.host.refuses}
	if why := here.deviceName(m.cfg.Name); why != "" {
		return fmt.Errorf("name %s: %s", m.cfg.Name, why)
	}
	cfg := m.cfg.openConfig(d.args, d.log)
	cfg.Interfaces = nil
	var refused []error
	for _, port := range m.cfg.Ports {
		if err := here.obstacle(port, m.cfg.MTU); err != nil {
			refused = append(refused, err)
			continue
		}
		cfg.Interfaces = append(cfg.Interfaces, port)
	}
	if cfg.Interfaces == nil {
		return errors.Join(refused...)
	}
	complete := true
	if p := cfg.Primary; p != "" && !slices.Contains(cfg.Interfaces, p) {
		cfg.Primary, complete = "", false // it becomes that with its port
	}
	saved := d.restored(m.cfg.Name)
	cfg.Restore = saved
	live, err := d.host.open(cfg)
	if err != nil {
		return err
	}
	if saved != nil {
		d.forget(m.cfg.Name)
	}
	m.live, m.stale = live, !complete
	return d.addPorts(m)
}

// addPorts adds the ports of the file that are not in the bond.
func (d *daemon) addPorts(m *managed) error {
	here := machine{links: d.links(), refuses: d.host.refuses}
	st := m.live.Status()
	var errs []error
	var absent []absence
	for _, port := range m.cfg.Ports {
		if isIn(&st, port, here.links) {
			continue
		}
		err := here.obstacle(port, m.cfg.MTU)
		if err == nil {
			err = m.live.AddInterface(port)
		}
		if err != nil {
			errs = append(errs, err)
			absent = append(absent, m.absence(port, err))
		}
	}
	m.absent = absent
	return errors.Join(errs...)
}

// obstacle returns why an interface that is there can't become a port.
func (m *machine) obstacle(port string, mtu int) error {
	if m.links.find(port) == nil {
		return nil // the bond waits for it
	}
	if p := m.port(port, mtu); p != nil {
		return fmt.Errorf("%s %s: %s", p.field, p.value, p.text)
	}
	return nil
}

// isIn reports whether a bond has a port, or waits for it.
func isIn(st *bond.Status, port string, links hostLinks) bool {
	return slices.ContainsFunc(st.Members, func(m bond.MemberStatus) bool { return isMember(&m, port, links) }) ||
		slices.ContainsFunc(st.Missing, func(m bond.MissingMember) bool { return m.Name == port })
}

// absence notes that a port is missing, and since when.
func (m *managed) absence(port string, err error) absence {
	for _, a := range m.absent {
		if a.name == port {
			return absence{port, err.Error(), a.since}
		}
	}
	return absence{port, err.Error(), time.Now()}
}

// isMember reports whether a member is the port that the file names. An interface
// can have several names, and another than when it became a member.
func isMember(m *bond.MemberStatus, port string, links hostLinks) bool {
	if m.Link.Renamed == "" {
		return links.same(m.Name, port)
	}
	// The old name still means it, unless another interface has that now.
	return links.same(m.Link.Renamed, port) || m.Name == port && links.find(port) == nil
}

// hopeless reports whether another try fails too, unless lacpd is started in another
// way.
func hopeless(err error) bool {
	var ce *bond.ConfigError
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) || errors.As(err, &ce)
}

func (c *bondConfig) openConfig(a arguments, log *slog.Logger) bond.OpenConfig {
	cfg := bond.OpenConfig{
		Config:     bond.Config{Name: c.Name, Logger: log},
		Interfaces: c.Ports,
		StateDir:   a.stateDir,
		KeepDevice: a.warm,
	}
	c.apply(&cfg.Config)
	if a.trace {
		log := log.With("bond", c.Name)
		cfg.Trace = func(t lacp.Transition) {
			log.Log(context.Background(), slog.LevelInfo, "transition", "port", int(t.Port), "machine", t.Machine.String(), "from", t.From, "to", t.To, "why", t.Why)
		}
	}
	return cfg
}
