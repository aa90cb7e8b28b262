package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lagkit/lagkit/lacp"
)

// In a warm restart the partners do not notice that lacpd was away for a moment.

// savedExt ends the name of a file with a saved protocol state. The bond's name comes before.
const savedExt = ".lacp"

// savedFile returns the path of the saved protocol state of a bond.
func (d *daemon) savedFile(name string) string { return filepath.Join(d.args.stateDir, name+savedExt) }

// savedBonds returns the bonds that have a saved protocol state in a directory.
func savedBonds(dir string) (names []string) {
	files, _ := os.ReadDir(dir) // one that can't be read has none for us
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), savedExt); ok {
			names = append(names, name)
		}
	}
	return names
}

// suspend ends all bonds without telling the partners, and saves their state.
func (d *daemon) suspend() error {
	left := d.leaveGroup()
	defer d.guards.Close()
	return errors.Join(left, d.end(func(m managed) error {
		d.guards.Release(m.cfg.Name)
		return d.suspendBond(m)
	}))
}

func (d *daemon) suspendBond(m managed) error {
	saved, err := m.live.Suspend(context.Background())
	octets, _ := saved.MarshalBinary() // it never fails
	return errors.Join(err, writeFile(d.savedFile(m.cfg.Name), octets))
}

// writeFile replaces a file in one step.
func writeFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// restored returns the state of a bond that the last run saved, or nil without a usable one.
func (d *daemon) restored(name string) *lacp.Saved {
	b, err := os.ReadFile(d.savedFile(name))
	if err != nil {
		return nil
	}
	var saved lacp.Saved
	if err := saved.UnmarshalBinary(b); err != nil {
		d.forget(name)
		d.log.Warn("state of the last run not read, the LAG forms from the beginning", "bond", name, "error", err)
		return nil
	}
	return &saved
}

// forget removes the saved state of a bond.
func (d *daemon) forget(name string) { _ = os.Remove(d.savedFile(name)) }
