// Quickstart shows a link aggregation group at work. Two bonds run LACP over four cables in
// memory, in real time. The program needs no privileges. It forms the bundle, spreads flows
// over it, pulls a cable, silences a partner, heals both, and tries two passive ends. It
// takes about 9 seconds and exits with 0 only if every step gave the expected result.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, `Usage: quickstart

Runs two bonds of four members over cables in memory and shows how they form a
bundle, spread 1,000 flows, survive a pulled cable and a silent partner, and heal.
Needs no privileges and no network; takes about 9 seconds. Exit status 0 if each
step happened as printed, 1 if one did not, 2 for wrong arguments.
`)
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	} else if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "quickstart: unexpected argument %q\n", flags.Arg(0))
		flags.Usage()
		return 2
	}
	s := newShow(stdout)
	defer s.close()
	for _, step := range []func() error{s.form, s.spread, s.pull, s.silence, s.heal, s.passive} {
		if err := step(); err != nil {
			s.say("FAILED: %v", err)
			fmt.Fprintf(stderr, "quickstart: %v\n", err)
			return 1
		}
	}
	s.table()
	return 0
}
