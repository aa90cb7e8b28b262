package main

import (
	"flag"

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

func configFlag(f *flag.FlagSet, a *arguments) {
	f.StringVar(&a.config, "config", "", "YAML `FILE`: a list \"bonds\", see below")
}

func socketFlag(f *flag.FlagSet, a *arguments) {
	f.StringVar(&a.socket, "socket", control.DefaultSocket, "`PATH` of the socket of run")
}
