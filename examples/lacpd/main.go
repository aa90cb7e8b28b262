// Command lacpd bonds network interfaces with LACP in user space and gives the host one
// device for each bond. A YAML file describes the bonds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/lagkit/lagkit/bond"
)

const synopsis = `usage: lacpd run -config FILE [-socket PATH] [-state-dir DIR] [-trace] [-warm]
                 [-no-sandbox]
       lacpd check -config FILE [-socket PATH]
       lacpd status [-json] [-socket PATH]
       lacpd version [-json]
`

// usage is printed by -h.
func usage() string {
	return synopsis + `
run     makes the bonds of FILE and keeps them until SIGTERM or SIGINT. Then it
        leaves each LAG gracefully and restores the interfaces. It retries a bond
        that can't be made; the others do not wait for it. On SIGHUP it reads
        FILE again and changes what differs from the running bonds. It needs
        Linux, CAP_NET_ADMIN and CAP_NET_RAW, for data planes in the kernel also
        CAP_BPF, and gives up all others. FILE and its directory must be
        writable for root or its own user alone.
check   reads FILE, looks up its interfaces and reports what run would refuse.
        It changes nothing.
status  asks the running lacpd and prints a table of bonds and members.
version prints the version of this program and how it was built.

  -config FILE     YAML: a list "bonds", see below
  -socket PATH     the socket of run, which status and check ask
                   (default ` + defaultSocket + `)
  -state-dir DIR   where run saves the original state of the interfaces, so that
                   the next run can restore them after it was killed
                   (default ` + bond.DefaultStateDir + `)
  -warm            at the end keep the LAGs' state in DIR and do not leave them.
                   The next run continues if it starts before the partners time
                   out
  -no-sandbox      do not restrict the files and system calls of run with
                   Landlock and seccomp
  -trace           log each transition of the LACP machines
  -json            print the status or the version as JSON

FILE is a list "bonds", each with:
` + keysUsage() + `
Exit status: 0 success, 1 failure while running, 2 refused configuration or
usage.
`
}

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// arguments are the flags of all commands.
type arguments struct {
	config, socket, stateDir string
	trace, json, warm        bool
	noSandbox                bool
	reload                   <-chan os.Signal // SIGHUP
}

// run runs the command of args and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		return misused(stderr, "want a command: run, check, status or version")
	}
	var a arguments
	flags := flag.NewFlagSet("lacpd "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var command func() int
	switch args[0] {
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, usage())
		return exitOK
	case "run":
		flags.StringVar(&a.config, "config", "", "")
		flags.StringVar(&a.socket, "socket", defaultSocket, "")
		flags.StringVar(&a.stateDir, "state-dir", bond.DefaultStateDir, "")
		flags.BoolVar(&a.trace, "trace", false, "")
		flags.BoolVar(&a.warm, "warm", false, "")
		flags.BoolVar(&a.noSandbox, "no-sandbox", false, "")
		command = func() int {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			defer signal.Stop(hangups)
			// Losing the reader of the log is no reason to leave the LAGs.
			signal.Ignore(syscall.SIGPIPE)
			a.reload = hangups
			return runDaemon(ctx, a, realHost, stderr)
		}
	case "check":
		flags.StringVar(&a.config, "config", "", "")
		flags.StringVar(&a.socket, "socket", defaultSocket, "")
		command = func() int { return runCheck(ctx, a, realHost, stdout, stderr) }
	case "status":
		flags.StringVar(&a.socket, "socket", defaultSocket, "")
		flags.BoolVar(&a.json, "json", false, "")
		command = func() int { return runStatus(ctx, a, stdout, stderr) }
	case "version":
		flags.BoolVar(&a.json, "json", false, "")
		command = func() int { return runVersion(a.json, stdout, stderr) }
	default:
		return misused(stderr, fmt.Sprintf("command %q unknown: want run, check, status or version", args[0]))
	}
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return exitOK
	case err != nil:
		return misused(stderr, err.Error())
	case flags.NArg() != 0:
		return misused(stderr, fmt.Sprintf("argument %q not expected", flags.Arg(0)))
	case flags.Lookup("config") != nil && a.config == "":
		return misused(stderr, "want -config FILE")
	}
	return command()
}

func misused(stderr io.Writer, what string) int {
	fmt.Fprintf(stderr, "lacpd: %s\n%sTry lacpd -h.\n", what, synopsis)
	return exitUsage
}

func failed(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "lacpd: %v\n", err)
	return exitFailed
}
