package main

import (
	"context"
	"flag"
	"io"
	"slices"

	"github.com/lagkit/lagkit/examples/lacpd/internal/doctor"
)

var doctorCommand = command{
	name: "doctor",
	args: "[BOND]",
	most: 1,
	help: "looks for what is wrong with the bonds, in their status and on the host, and prints findings with advice. " +
		"The exit status is 1 if there are findings that are more than information.",
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "the findings")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return runDoctor(ctx, c, first(args), doctor.Look, stdout, stderr)
		}
	},
}

// runDoctor runs the command doctor and returns the exit status.
func runDoctor(ctx context.Context, c *client, only string, look func() *doctor.Host, stdout, stderr io.Writer) int {
	if _, err := readBonds(ctx, c.socket, only); err != nil {
		return failed(stderr, err)
	}
	s, err := readStatus(ctx, c.socket) // bonds are compared with each other
	if err != nil {
		return failed(stderr, err)
	}
	host := look()
	findings := slices.DeleteFunc(doctor.Examine(&s, host), func(f doctor.Finding) bool { return only != "" && f.Bond != only })
	if c.json {
		err = printJSON(stdout, map[string]any{"findings": append([]doctor.Finding{}, findings...), "not_looked_at": append([]string{}, host.Unseen...)})
	} else {
		err = doctor.Print(stdout, findings, host)
	}
	if err == nil && doctor.Wrong(findings) {
		return exitFailed
	}
	return ended(stderr, err)
}
