package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// reload reads the file again and changes what differs, and nothing else. A file
// that is refused changes nothing. What fails is logged, and the rest goes on.
func (d *daemon) reload() {
	next, err := loadConfig(d.o.config, d.h)
	if err != nil {
		d.log.Error("configuration refused, all stays as it is", "error", err)
		return
	}
	failed := d.change(next)
	level := slog.LevelInfo
	if failed != nil {
		level = slog.LevelError
	}
	d.log.Log(context.Background(), level, "configuration read again", "bonds", len(d.list()), "error", failed)
}

// change makes the bonds those of next. What leaves goes first: an interface may
// change from one bond to another.
func (d *daemon) change(next []bondConfig) error {
	var errs []error
	wanted := func(name string) *bondConfig {
		if i := slices.IndexFunc(next, func(c bondConfig) bool { return c.Name == name }); i >= 0 {
			return &next[i]
		}
		return nil
	}
	var kept []runningBond
	for _, b := range d.list() {
		c := wanted(b.cfg.Name)
		if c == nil {
			errs = append(errs, b.bond.Close())
			continue
		}
		for _, port := range without(b.cfg.Ports, c.Ports) {
			err := b.bond.RemoveMember(port)
			if errs = append(errs, err); err == nil {
				b.cfg.Ports = without(b.cfg.Ports, []string{port})
			}
		}
		kept = append(kept, b)
	}
	d.set(kept)
	for i := range kept {
		b := &kept[i]
		c := wanted(b.cfg.Name)
		if err := b.bond.Set(c.apply); err != nil {
			errs = append(errs, err)
			continue
		}
		for _, port := range without(c.Ports, b.cfg.Ports) {
			errs = append(errs, b.bond.AddInterface(port))
		}
		b.cfg = *c
	}
	d.set(kept)
	for i := range next {
		if !slices.ContainsFunc(kept, func(b runningBond) bool { return b.cfg.Name == next[i].Name }) {
			errs = append(errs, d.open(next[i:i+1]))
		}
	}
	return errors.Join(errs...)
}

func (d *daemon) set(bonds []runningBond) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bonds = slices.Clone(bonds)
}

// without returns the names of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return slices.Contains(b, name) })
}
