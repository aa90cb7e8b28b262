package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/lagkit/lagkit/lacp"
)

// A warm restart: the partners do not see that lacpd was away for a moment.

// savedFile is where the protocol's state of a bond is kept.
func (d *daemon) savedFile(name string) string { return filepath.Join(d.args.stateDir, name+".lacp") }

// suspend ends all bonds without a farewell and keeps their state.
func (d *daemon) suspend() error {
	return d.end(func(m managed) error {
		saved, err := m.live.Suspend(context.Background())
		octets, _ := saved.MarshalBinary() // there is no error
		return errors.Join(err, writeFile(d.savedFile(m.cfg.Name), octets))
	})
}

// writeFile writes a file as a whole.
func writeFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// restored returns what the last run kept of a bond; nil if there is nothing to go
// on with.
func (d *daemon) restored(name string) *lacp.Saved {
	b, err := os.ReadFile(d.savedFile(name))
	if err != nil {
		return nil
	}
	var saved lacp.Saved
	if err := saved.UnmarshalBinary(b); err != nil {
		d.forget(name)
		d.log.Warn("state of the last run can't be read, the LAG is formed from the beginning", "bond", name, "error", err)
		return nil
	}
	return &saved
}

// forget removes what the last run kept of a bond.
func (d *daemon) forget(name string) { _ = os.Remove(d.savedFile(name)) }
