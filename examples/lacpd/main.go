// Command lacpd bonds network interfaces with LACP in user space, as a YAML file
// says, and gives the host one device for each bond.
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

const usage = `usage: lacpd run -config FILE [-socket PATH] [-state-dir DIR] [-trace] [-warm]
       lacpd check -config FILE
       lacpd status [-json] [-socket PATH]

run     makes the bonds of FILE and keeps them until SIGTERM or SIGINT. Then it
        leaves each LAG in good order and puts the interfaces back as they were.
        On SIGHUP it reads FILE again and changes what differs, and only that.
        Needs Linux, CAP_NET_ADMIN and CAP_NET_RAW.
check   reads FILE and looks its interfaces up, and touches nothing.
status  asks the running lacpd and prints a table of bonds and members.

  -config FILE     YAML: a list "bonds", each with name, description, protocol
                   (LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, BROADCAST or NONE,
                   default LACP), ports, lacp_active (default true), lacpdu_rate
                   (SLOW or FAST, default SLOW), xmit_hash_policy (LAYER2, LAYER2+3,
                   LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW, default
                   LAYER2+3), mtu (1492 to 9216, default 1500) and addresses (such as
                   192.0.2.1/24); further min_links, max_links,
                   ad_select (stable, bandwidth, count or port-priority),
                   lacp_fallback (none, one or all) and lacp_fallback_timeout (s),
                   primary, updelay and downdelay (ms), coupled_control (default
                   false) and aggregate_wait (ms for which a link waits for others,
                   0 to 2000, default 2000)
  -socket PATH     where run answers and status asks (default ` + defaultSocket + `)
  -state-dir DIR   where run notes how it found the interfaces, so that they can be
                   put back after it was killed (default ` + bond.DefaultStateDir + `)
  -warm            at the end keep the LAGs' state in DIR and take no leave: the next
                   run goes on with it, if it starts before the partners miss us
  -trace           log each transition of the LACP machines
  -json            print the status as JSON

Exit status: 0 success, 1 failure while running, 2 refused configuration or usage.
`

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// Once told to end, a second signal ends at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the flags of all commands.
type options struct {
	config, socket, stateDir string
	trace, json, warm        bool
	reload                   <-chan os.Signal // SIGHUP
}

// run is the program without the process around it; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		return misused(stderr, "want a command: run, check or status")
	}
	var o options
	flags := flag.NewFlagSet("lacpd "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var command func() int
	switch args[0] {
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, usage)
		return exitOK
	case "run":
		flags.StringVar(&o.config, "config", "", "")
		flags.StringVar(&o.socket, "socket", defaultSocket, "")
		flags.StringVar(&o.stateDir, "state-dir", bond.DefaultStateDir, "")
		flags.BoolVar(&o.trace, "trace", false, "")
		flags.BoolVar(&o.warm, "warm", false, "")
		command = func() int {
			hangups := make(chan os.Signal, 1)
			signal.Notify(hangups, syscall.SIGHUP)
			defer signal.Stop(hangups)
			o.reload = hangups
			return runDaemon(ctx, o, realHost, stderr)
		}
	case "check":
		flags.StringVar(&o.config, "config", "", "")
		command = func() int { return runCheck(o, realHost, stdout, stderr) }
	case "status":
		flags.StringVar(&o.socket, "socket", defaultSocket, "")
		flags.BoolVar(&o.json, "json", false, "")
		command = func() int { return runStatus(ctx, o, stdout, stderr) }
	default:
		return misused(stderr, fmt.Sprintf("command %q unknown: want run, check or status", args[0]))
	}
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitOK
	case err != nil:
		return misused(stderr, err.Error())
	case flags.NArg() != 0:
		return misused(stderr, fmt.Sprintf("argument %q not expected", flags.Arg(0)))
	case args[0] != "status" && o.config == "":
		return misused(stderr, "want -config FILE")
	}
	return command()
}

func misused(stderr io.Writer, what string) int {
	fmt.Fprintf(stderr, "lacpd: %s\n%s", what, usage)
	return exitUsage
}

func failed(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "lacpd: %v\n", err)
	return exitFailed
}
