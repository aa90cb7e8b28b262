package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// managed is a bond of the file, and what runs of it. It is replaced, not changed:
// whoever has it may read it.
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

// open opens a bond.
func (d *daemon) open(m *managed) error {
	if err := obstacle(m.cfg, m.cfg.Ports, d.links(), false); err != nil {
		return err
	}
	cfg := m.cfg.openConfig(d.args, d.log)
	saved := d.restored(m.cfg.Name)
	cfg.Restore = saved
	live, err := d.host.open(cfg)
	if err != nil {
		return err
	}
	if saved != nil {
		d.forget(m.cfg.Name)
	}
	m.live, m.stale = live, false
	return nil
}

// addPorts adds the ports of the file that are not in the bond.
func (d *daemon) addPorts(m *managed) error {
	links := d.links()
	st := m.live.Status()
	var errs []error
	var absent []absence
	for _, port := range m.cfg.Ports {
		if slices.ContainsFunc(st.Members, func(s bond.MemberStatus) bool { return isMember(&s, port, links) }) {
			continue
		}
		err := obstacle(m.cfg, []string{port}, links, true)
		if err == nil {
			err = m.live.AddInterface(port)
		}
		if err != nil {
			if links != nil && links.find(port) == nil {
				err = fmt.Errorf("port %s: there is no such interface, it is added when it appears", port)
			}
			errs = append(errs, err)
			absent = append(absent, d.absence(m, port, err))
		}
	}
	m.absent = absent
	return errors.Join(errs...)
}

func (d *daemon) absence(m *managed, port string, err error) absence {
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

// obstacle returns what the machine has against ports of a bond.
func obstacle(c bondConfig, ports []string, links hostLinks, open bool) error {
	c.Ports, c.at = ports, positions{ports: make([]int, len(ports))}
	var refusals []string
	for _, p := range hostProblems([]bondConfig{c}, links, ours{map[string]bool{c.Name: open}}) {
		if !p.warning {
			refusals = append(refusals, fmt.Sprintf("%s %s: %s", p.field, p.value, p.text))
		}
	}
	if refusals == nil {
		return nil
	}
	return errors.New(strings.Join(refusals, "; "))
}

// hopeless reports whether another try can't succeed unless somebody starts lacpd in
// another way.
func hopeless(err error) bool {
	var ce *bond.ConfigError
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) || errors.As(err, &ce)
}

func (c *bondConfig) openConfig(a arguments, log *slog.Logger) bond.OpenConfig {
	cfg := bond.OpenConfig{
		Config:     bond.Config{Name: c.Name, Logger: log},
		Interfaces: c.Ports,
		StateDir:   a.stateDir,
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
