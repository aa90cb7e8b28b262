package main

import (
	"context"
	"errors"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/notify"
)

// runDaemon runs the command run and returns the exit status.
func runDaemon(ctx context.Context, a arguments, h host, stderr io.Writer) int {
	log := newLog(stderr)
	defer log.close()
	f, err := usableConfig(h, a.config)
	if err != nil {
		return refused(log, err)
	}
	if err := h.allowed(); err != nil {
		return failed(log, err)
	}
	// The socket comes first. Only the process that holds it may touch the interfaces.
	socket, err := listenStatus(a.socket)
	if err != nil {
		return failed(log, err)
	}
	defer func() { _ = socket.Close() }() // after an error, which is reported; else see below
	if h, err = limited(h, a, f.bonds, log.Logger); err != nil {
		return failed(log, err)
	}
	if err := h.restore(a.stateDir, kernelPorts(f.bonds, h.kernel)...); err != nil {
		log.Error("interfaces of an earlier run not restored", "error", err)
	}
	d := &daemon{args: a, host: h, log: log.Logger, manager: notify.New(log.Logger)}
	d.logWarnings(f)
	if err := d.start(f.bonds); err != nil {
		return failed(log, errors.Join(err, d.close()))
	}
	go socket.serve(d.view, log.Logger)
	log.Info("running", "bonds", len(f.bonds), "socket", a.socket)
	d.manager.Ready(d.summary())
	d.run(ctx)
	d.manager.Stopping("leaving the LAGs")
	log.Info("leaving the LAGs")
	end := d.close
	if a.warm {
		end = d.suspend
	}
	if err := errors.Join(end(), socket.Close()); err != nil {
		return failed(log, err)
	}
	log.Info("left, interfaces restored")
	return exitOK
}
