package main

import (
	"context"
	"flag"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// parseFlags parses the flags of a command before, between and after its arguments, and returns
// the arguments. All that follows "--" are arguments.
func parseFlags(f *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if parsed := len(args) - f.NArg(); f.NArg() == 0 || parsed > 0 && args[parsed-1] == "--" {
			return append(rest, f.Args()...), nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// configFlag adds the flag of a command that reads a configuration file.
func configFlag(f *flag.FlagSet, file *string) {
	f.StringVar(file, "config", "", "YAML `FILE`: a list \"bonds\", see lacpd help keys")
}

// socketFlag adds the flag of the socket where run listens and the other commands ask.
func socketFlag(f *flag.FlagSet, path *string) {
	f.StringVar(path, "socket", control.DefaultSocket, "`PATH` of the socket of run")
}

// first returns the first of at most one arguments, or "".
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// bondAndMember returns the arguments of a command that takes [BOND] MEMBER.
func bondAndMember(args []string) (bond, member string) {
	if len(args) == 1 {
		return "", args[0]
	}
	return args[0], args[1]
}

// client has the flags of a command that asks the running lacpd and has a JSON form.
type client struct {
	socket string
	json   bool
}

// clientFlags adds the flags of a client. answer is what the command prints.
func clientFlags(f *flag.FlagSet, answer string) *client {
	c := new(client)
	socketFlag(f, &c.socket)
	f.BoolVar(&c.json, "json", false, "print "+answer+" as JSON")
	return c
}

// asking returns the setup of a command that has only the flags of a client.
func asking(answer string, run func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int) func(*flag.FlagSet) runFunc {
	return func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, answer)
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return run(ctx, c, args, stdout, stderr)
		}
	}
}
