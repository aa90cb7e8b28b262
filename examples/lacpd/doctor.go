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
	flags: func(f *flag.FlagSet, a *arguments) {
		socketFlag(f, a)
		f.BoolVar(&a.json, "json", false, "print the findings as JSON")
	},
	run: func(ctx context.Context, a *arguments, stdout, stderr io.Writer) int {
		return runDoctor(ctx, a, doctor.Look, stdout, stderr)
	},
}

// runDoctor runs the command doctor and returns the exit status.
func runDoctor(ctx context.Context, a *arguments, look func() *doctor.Host, stdout, stderr io.Writer) int {
	only := ""
	if len(a.rest) == 1 {
		only = a.rest[0]
	}
	if _, err := readBonds(ctx, a.socket, only); err != nil {
		return failed(stderr, err)
	}
	s, err := readStatus(ctx, a.socket) // bonds are compared with each other
	if err != nil {
		return failed(stderr, err)
	}
	host := look()
	findings := slices.DeleteFunc(doctor.Examine(&s, host), func(f doctor.Finding) bool { return only != "" && f.Bond != only })
	if a.json {
		err = printJSON(stdout, map[string]any{"findings": append([]doctor.Finding{}, findings...), "not_looked_at": append([]string{}, host.Unseen...)})
	} else {
		err = doctor.Print(stdout, findings, host)
	}
	if err == nil && doctor.Wrong(findings) {
		return exitFailed
	}
	return ended(stderr, err)
}
