package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// runDaemon is the command run.
func runDaemon(ctx context.Context, o options, h host, stderr io.Writer) int {
	bonds, err := loadConfig(o.config, h)
	if err != nil {
		return refused(stderr, err)
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	// The socket comes first: whoever holds it may touch the interfaces.
	socket, err := listenStatus(o.socket)
	if err != nil {
		return failed(stderr, err)
	}
	defer socket.Close()
	if err := h.restore(o.stateDir); err != nil {
		log.Error("interfaces of an earlier run not put back", "error", err)
	}
	live, err := openBonds(bonds, o, h, log)
	if err != nil {
		return failed(stderr, err)
	}
	go socket.serve(func() statusView { return viewStatus(live) }, log)
	log.Info("running", "bonds", len(live), "socket", o.socket)
	<-ctx.Done()
	log.Info("leaving")
	if err := errors.Join(closeBonds(live), socket.Close()); err != nil {
		return failed(stderr, err)
	}
	log.Info("left, interfaces are as they were")
	return exitOK
}

// openBonds opens all bonds, or none.
func openBonds(bonds []bondConfig, o options, h host, log *slog.Logger) ([]liveBond, error) {
	var live []liveBond
	for i := range bonds {
		b, err := h.open(bonds[i].openConfig(o, log))
		if err != nil {
			return nil, errors.Join(err, closeBonds(live))
		}
		live = append(live, b)
	}
	return live, nil
}

// closeBonds leaves the LAGs all at once: each waits for its own partner's link only.
func closeBonds(live []liveBond) error {
	results := make(chan error)
	for _, b := range live {
		go func() { results <- b.Close() }()
	}
	var errs []error
	for range live {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}

func (c *bondConfig) openConfig(o options, log *slog.Logger) bond.OpenConfig {
	cfg := bond.OpenConfig{
		Config: bond.Config{
			Name: c.Name, Mode: c.Mode, Passive: c.Passive, Rate: c.Rate,
			Hash: c.Hash, MTU: c.MTU, Logger: log,
			Resilient: true, // a pulled cable moves its own flows alone
			Addresses: c.Addresses,
		},
		Interfaces: c.Ports,
		StateDir:   o.stateDir,
	}
	if o.trace {
		log := log.With("bond", c.Name)
		cfg.Trace = func(t lacp.Transition) {
			log.Info("transition", "port", int(t.Port), "machine", t.Machine.String(), "from", t.From, "to", t.To, "why", t.Why)
		}
	}
	return cfg
}
