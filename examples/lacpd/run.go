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
	d := &daemon{o: o, h: h, log: log}
	if err := d.open(bonds); err != nil {
		return failed(stderr, errors.Join(err, d.close()))
	}
	go socket.serve(d.view, log)
	log.Info("running", "bonds", len(bonds), "socket", o.socket)
	for running := true; running; {
		select {
		case <-o.reload:
			d.reload()
		case <-ctx.Done():
			running = false
		}
	}
	log.Info("leaving")
	end := d.close
	if o.warm {
		end = d.suspend
	}
	if err := errors.Join(end(), socket.Close()); err != nil {
		return failed(stderr, err)
	}
	log.Info("left, interfaces are as they were")
	return exitOK
}

// apply puts the settings of the file into a bond's configuration.
func (c *bondConfig) apply(to *bond.Config) {
	to.Mode, to.Passive, to.Rate, to.Hash = c.Mode, c.Passive, c.Rate, c.Hash
	to.MTU, to.Addresses = c.MTU, c.Addresses
	to.MinLinks, to.Primary, to.UpDelay, to.DownDelay = c.MinLinks, c.Primary, c.UpDelay, c.DownDelay
	to.LACP.MaxLinks, to.LACP.Policy = c.MaxLinks, c.AggregatorPolicy
	to.LACP.Fallback, to.LACP.FallbackTimeout = c.Fallback, c.FallbackTimeout
	to.CoupledControl, to.AggregateWait = c.CoupledControl, c.AggregateWait
	to.Resilient = true // a pulled cable moves its own flows alone
}

func (c *bondConfig) openConfig(o options, log *slog.Logger) bond.OpenConfig {
	cfg := bond.OpenConfig{
		Config:     bond.Config{Name: c.Name, Logger: log},
		Interfaces: c.Ports,
		StateDir:   o.stateDir,
	}
	c.apply(&cfg.Config)
	if o.trace {
		log := log.With("bond", c.Name)
		cfg.Trace = func(t lacp.Transition) {
			log.Info("transition", "port", int(t.Port), "machine", t.Machine.String(), "from", t.From, "to", t.To, "why", t.Why)
		}
	}
	return cfg
}
