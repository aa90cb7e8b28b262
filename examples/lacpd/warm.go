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
func (d *daemon) savedFile(name string) string { return filepath.Join(d.o.stateDir, name+".lacp") }

// suspend ends all bonds without a farewell and keeps their state.
func (d *daemon) suspend() error {
	var errs []error
	for _, b := range d.list() {
		saved, err := b.bond.Suspend(context.Background())
		octets, _ := saved.MarshalBinary() // there is no error
		errs = append(errs, err, writeFile(d.savedFile(b.cfg.Name), octets))
	}
	return errors.Join(errs...)
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

// restored returns what the last run kept of a bond, and forgets it; nil if there
// is nothing to go on with.
func (d *daemon) restored(name string) *lacp.Saved {
	b, err := os.ReadFile(d.savedFile(name))
	if err != nil {
		return nil
	}
	_ = os.Remove(d.savedFile(name))
	var saved lacp.Saved
	if err := saved.UnmarshalBinary(b); err != nil {
		d.log.Warn("state of the last run not used", "bond", name, "error", err)
		return nil
	}
	return &saved
}
