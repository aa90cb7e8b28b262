package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
	"github.com/lagkit/lagkit/examples/lacpd/internal/notify"
)

var runCommand = command{
	name:  "run",
	brief: "keeps the bonds of a file until it is stopped",
	help: "makes the bonds of FILE and keeps them until SIGTERM or SIGINT. Then it leaves each LAG gracefully and restores the interfaces. " +
		"It retries a bond that can't be made; the others do not wait for it. " +
		"On SIGHUP it reads FILE again and changes what differs from the running bonds. It needs Linux, CAP_NET_ADMIN and CAP_NET_RAW, " +
		"for data planes in the kernel also CAP_BPF, and gives up all others. FILE and its directory must be writable for root or its own user alone.",
	keys:  true,
	needs: "config",
	setup: func(f *flag.FlagSet) runFunc {
		a := addRunFlags(f)
		return func(ctx context.Context, _ []string, _, stderr io.Writer) int {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			defer signal.Stop(hangups)
			// Losing the reader of the log is no reason to leave the LAGs.
			signal.Ignore(syscall.SIGPIPE)
			a.reload = hangups
			return runDaemon(ctx, a, realHost, stderr)
		}
	},
}

// runFlags are the flags of the command run.
type runFlags struct {
	config, socket, stateDir string
	socketGroup, logFormat   string
	http                     httpFlags
	trace, warm              bool
	takeover, store          bool
	noSandbox                bool

	reload <-chan os.Signal // SIGHUP
}

func addRunFlags(f *flag.FlagSet) *runFlags {
	a := &runFlags{}
	configFlag(f, &a.config)
	socketFlag(f, &a.socket)
	f.StringVar(&a.socketGroup, "socket-group", "", "the members of the `GROUP` may use the socket too")
	a.http.add(f)
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
	f.BoolVar(&a.takeover, "takeover", false, "take the bonds over from the lacpd that answers at PATH, without a change that the partners or the host notice; that one then ends. If anything fails, that one goes on")
	f.BoolVar(&a.store, "fd-store", false, "at SIGTERM leave the bonds to the process that the service manager starts next, without a change that the partners or the host notice. It has to keep descriptors: FileDescriptorStoreMax of systemd. A stop leaves the interfaces as they are, too, until the next start: lacpd handover does the same for one restart")
	f.BoolVar(&a.warm, "warm", false, "at the end keep the LAGs' state in DIR and do not leave them; the next run continues if it starts before the partners time out")
	return a
}

// keepLittleGarbage lets the collector run sooner than by default: a box has better uses for
// memory, and frames are passed without allocating. GOGC overrides it.
func keepLittleGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
}

// runDaemon runs the command run and returns the exit status.
func runDaemon(ctx context.Context, a *runFlags, h host, stderr io.Writer) int {
	log := newLog(stderr, a.logFormat)
	defer log.close()
	keepLittleGarbage()
	f, err := usableConfig(h, a.config)
	if err != nil {
		return refused(log, err)
	}
	files, err := group.Read(f.Chassis)
	if err != nil {
		return refused(log, err)
	}
	if err := h.allowed(); err != nil {
		return failed(log, err)
	}
	d := newDaemon(*a, h, log.Logger)
	d.text, d.manager = f.Text, notify.New(log.Logger)
	page, err := d.enter(ctx, f)
	if err != nil {
		return failed(log, errors.Join(err, d.close())) // bonds that were taken over have no other owner
	}
	socket := d.socket
	defer func() { _ = socket.Close() }() // after an error, which is reported; else see below
	d.sweepPending()
	d.logWarnings(f)
	d.joinGroup(f.Chassis, files)
	d.startWeb(page)
	if err := d.start(f.Bonds); err != nil {
		return failed(log, errors.Join(err, d.close(), d.closeWeb()))
	}
	server := &control.Server{Status: func() any { return d.view() }, Commands: d.commands(), Log: log.Logger}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(socket) }()
	log.Info("running", "bonds", len(f.Bonds), "socket", a.socket)
	d.manager.Ready(d.summary())
	d.run(ctx)
	if d.leaves() {
		if err := d.store(); err != nil {
			log.Error("bonds not left to the service manager", "error", err)
		}
	}
	if d.handed {
		if err := socket.Leave(); err != nil {
			log.Error("socket not closed", "error", err)
		}
		<-served
		return exitOK
	}
	d.manager.Stopping("leaving the LAGs")
	log.Info("leaving the LAGs")
	end := d.close
	if a.warm {
		end = d.suspend
	}
	if err := errors.Join(end(), d.closeWeb(), socket.Close()); err != nil {
		return failed(log, err)
	}
	log.Info("left, interfaces restored")
	return exitOK
}

// enter gets the socket, and the bonds of the lacpd before if they are to be taken over. The socket
// comes first: only the process that holds it may touch the interfaces. Then it makes the listener
// of the web page and gives up privileges.
func (d *daemon) enter(ctx context.Context, f *config.File) (page net.Listener, err error) {
	d.socket = d.takeStored()
	if d.socket == nil && d.args.takeover {
		if d.socket, err = d.takeOver(ctx); err != nil {
			return nil, err
		}
	}
	inherits := d.socket != nil
	if !inherits {
		if d.socket, err = listen(&d.args); err != nil {
			return nil, err
		}
	}
	if page, err = d.args.http.listen(); err != nil && !inherits {
		return nil, err
	} else if err != nil { // no reason to give up the bonds
		d.log.Error("no web page", "error", err)
	}
	err = d.startGuards(f)
	if err == nil {
		d.host, err = limited(d.host, &d.args, f, d.list(), d.log)
	}
	if err != nil {
		if page != nil {
			err = errors.Join(err, page.Close())
		}
		return nil, err
	}
	if inherits {
		return page, nil
	}
	if err := d.host.restore(d.args.stateDir, kernelPorts(f.Bonds, d.host.kernels())...); err != nil {
		d.log.Error("interfaces of an earlier run not restored", "error", err)
	}
	return page, nil
}

// listen makes the socket for the group of the flags.
func listen(a *runFlags) (*control.Socket, error) {
	group, err := groupID("-socket-group", a.socketGroup)
	if err != nil {
		return nil, err
	}
	s, err := control.Listen(a.socket, group)
	if errors.Is(err, control.ErrInUse) {
		return nil, fmt.Errorf("another lacpd is running and answers at %s: stop it, take its bonds over with -takeover, or give this one a -socket and a -state-dir of its own", a.socket)
	}
	if err != nil {
		return nil, fmt.Errorf("-socket: %w", err)
	}
	return s, nil
}

// adopt is listen with a socket that another lacpd has made.
func adopt(a *runFlags, fd int) (*control.Socket, error) {
	group, err := groupID("-socket-group", a.socketGroup)
	if err != nil {
		return nil, err
	}
	return control.Adopt(a.socket, group, fd)
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
