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

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

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

// run runs the command of args and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		return misused(stderr, nil, "want a command: "+commandNames())
	}
	switch args[0] {
	case watchdogName:
		return runWatchdog(ctx, os.Stdin, stdout, stderr)
	case "-h", "-help", "--help", "help":
		return help(args[1:], stdout, stderr)
	}
	c := findCommand(args[0])
	if c == nil {
		return misused(stderr, nil, fmt.Sprintf("command %q unknown: want %s", args[0], commandNames()))
	}
	flags, runIt := c.prepare()
	rest, err := parseFlags(flags, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, c.usage())
		return exitOK
	case err != nil:
		return misused(stderr, c, err.Error())
	case c.needs != "" && flags.Lookup(c.needs).Value.String() == "":
		return misused(stderr, c, "want -"+c.needs+" "+flagValue(flags.Lookup(c.needs)))
	case len(rest) < c.least:
		return misused(stderr, c, "want "+c.args)
	case len(rest) > c.most && c.most != anyNumber:
		return misused(stderr, c, fmt.Sprintf("argument %q not expected", rest[c.most]))
	}
	return runIt(ctx, rest, stdout, stderr)
}

func misused(stderr io.Writer, c *command, what string) int {
	synopsis, name := "usage: lacpd COMMAND ...\n", ""
	if c != nil {
		synopsis, name = c.synopsis(), c.name+" "
	}
	fmt.Fprintf(stderr, "lacpd: %s\n%sTry lacpd %s-h.\n", what, synopsis, name)
	return exitUsage
}

// ended returns the exit status of a command that has ended, after it has reported an error.
func ended(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code := failed(stderr, err)
	var e *control.Error
	if errors.As(err, &e) && e.Kind == control.KindRefused {
		return exitUsage
	}
	return code
}

func failed(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "lacpd: %v\n", err)
	return exitFailed
}
