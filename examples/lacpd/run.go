package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/notify"
)

var runCommand = command{
	name: "run",
	help: "makes the bonds of FILE and keeps them until SIGTERM or SIGINT. Then it leaves each LAG gracefully and restores the interfaces. " +
		"It retries a bond that can't be made; the others do not wait for it. " +
		"On SIGHUP it reads FILE again and changes what differs from the running bonds. It needs Linux, CAP_NET_ADMIN and CAP_NET_RAW, " +
		"for data planes in the kernel also CAP_BPF, and gives up all others. FILE and its directory must be writable for root or its own user alone.",
	keys: true,
	flags: func(f *flag.FlagSet, a *arguments) {
		configFlag(f, a)
		socketFlag(f, a)
		f.StringVar(&a.socketGroup, "socket-group", "", "the members of the `GROUP` may use the socket too")
		httpFlags(f, &a.http)
		f.StringVar(&a.stateDir, "state-dir", bond.DefaultStateDir, "`DIR` where run saves the original state of the interfaces, so that the next run can restore them after it was killed")
		f.Func("log-format", "`FORMAT` of the log: text or json (default text)", func(s string) error {
			if s != logText && s != logJSON {
				return errors.New("allowed: text or json")
			}
			a.logFormat = s
			return nil
		})
		f.BoolVar(&a.noSandbox, "no-sandbox", false, "do not restrict the files and system calls of run with Landlock and seccomp")
		f.BoolVar(&a.trace, "trace", false, "log each transition of the LACP machines")
		f.BoolVar(&a.warm, "warm", false, "at the end keep the LAGs' state in DIR and do not leave them; the next run continues if it starts before the partners time out")
	},
	needs: "config",
	run: func(ctx context.Context, a *arguments, _, stderr io.Writer) int {
		hangups := make(chan os.Signal, 1)
		signal.Notify(hangups, syscall.SIGHUP)
		defer signal.Stop(hangups)
		// Losing the reader of the log is no reason to leave the LAGs.
		signal.Ignore(syscall.SIGPIPE)
		a.reload = hangups
		return runDaemon(ctx, a, realHost, stderr)
	},
}

// runDaemon runs the command run and returns the exit status.
func runDaemon(ctx context.Context, a *arguments, h host, stderr io.Writer) int {
	log := newLog(stderr, a.logFormat)
	defer log.close()
	f, err := usableConfig(h, a.config)
	if err != nil {
		return refused(log, err)
	}
	if err := h.allowed(); err != nil {
		return failed(log, err)
	}
	// The socket comes first. Only the process that holds it may touch the interfaces.
	socket, err := listen(a)
	if err != nil {
		return failed(log, err)
	}
	defer func() { _ = socket.Close() }() // after an error, which is reported; else see below
	page, err := a.http.listen()
	if err != nil {
		return failed(log, err)
	}
	if h, err = limited(h, a, f.Bonds, log.Logger); err != nil {
		return failed(log, err)
	}
	if err := h.restore(a.stateDir, kernelPorts(f.Bonds, h.kernels())...); err != nil {
		log.Error("interfaces of an earlier run not restored", "error", err)
	}
	d := newDaemon(*a, h, log.Logger)
	d.manager = notify.New(log.Logger)
	d.sweepPending()
	d.logWarnings(f)
	stopWeb := d.startWeb(page, log.Logger)
	if err := d.start(f.Bonds); err != nil {
		return failed(log, errors.Join(err, d.close(), stopWeb()))
	}
	server := &control.Server{Status: func() any { return d.view() }, Commands: d.commands(), Log: log.Logger}
	go server.Serve(socket)
	log.Info("running", "bonds", len(f.Bonds), "socket", a.socket)
	d.manager.Ready(d.summary())
	d.run(ctx)
	d.manager.Stopping("leaving the LAGs")
	log.Info("leaving the LAGs")
	end := d.close
	if a.warm {
		end = d.suspend
	}
	if err := errors.Join(end(), stopWeb(), socket.Close()); err != nil {
		return failed(log, err)
	}
	log.Info("left, interfaces restored")
	return exitOK
}

// listen makes the socket for the group of the flags.
func listen(a *arguments) (*control.Socket, error) {
	group, err := groupID("-socket-group", a.socketGroup)
	if err != nil {
		return nil, err
	}
	return control.Listen(a.socket, group)
}

// groupID returns the number of the group that a flag names, or control.NoGroup without one.
func groupID(name, group string) (int, error) {
	if group == "" {
		return control.NoGroup, nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return 0, fmt.Errorf("%s %s: allowed: a group of this system: %w", name, group, err)
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", name, group, err)
	}
	return id, nil
}
