package main

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
)

// daemon is the bonds that run.
type daemon struct {
	o   options
	h   host
	log *slog.Logger

	mu    sync.Mutex // of bonds, which the status reads
	bonds []runningBond
}

type runningBond struct {
	cfg  bondConfig
	bond liveBond
}

// open opens bonds, until one can't be.
func (d *daemon) open(bonds []bondConfig) error {
	for i := range bonds {
		cfg := bonds[i].openConfig(d.o, d.log)
		cfg.Restore = d.restored(bonds[i].Name)
		b, err := d.h.open(cfg)
		if err != nil {
			return err
		}
		d.mu.Lock()
		d.bonds = append(d.bonds, runningBond{bonds[i], b})
		d.mu.Unlock()
	}
	return nil
}

// close leaves the LAGs all at once: each waits for its own partner's link only.
func (d *daemon) close() error {
	bonds := d.list()
	results := make(chan error)
	for _, b := range bonds {
		go func() { results <- b.bond.Close() }()
	}
	var errs []error
	for range bonds {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}

func (d *daemon) list() []runningBond {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.bonds)
}

func (d *daemon) view() statusView {
	bonds := d.list()
	v := statusView{Bonds: make([]bondView, 0, len(bonds))}
	for _, b := range bonds {
		v.Bonds = append(v.Bonds, viewBond(b.bond.Status()))
	}
	return v
}
