package main

import (
	"context"
	"flag"
	"io"
	"slices"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/doctor"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var doctorCommand = command{
	name:  "doctor",
	args:  "[BOND]",
	most:  1,
	brief: "looks for faults and gives advice",
	help: "looks for what is wrong with the bonds, in their status and on the host, and prints findings with advice. " +
		"Exit status: 0 nothing is wrong, 1 something is, 2 an error.",
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "the findings")
		probe := f.Bool("probe", true, "send packets of the MTU to gateways and neighbours through the bonds")
		look := func(s *view.Status) *doctor.Host {
			h := doctor.Look()
			if *probe {
				doctor.Probe(s, h)
			}
			return h
		}
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return runDoctor(ctx, c, first(args), look, stdout, stderr)
		}
	},
}

// exitWrong is the exit status of doctor with findings that are more than information.
const exitWrong = 1

// runDoctor runs the command doctor and returns the exit status.
func runDoctor(ctx context.Context, c *client, only string, look func(*view.Status) *doctor.Host, stdout, stderr io.Writer) int {
	s, err := readStatus(ctx, c.socket) // bonds are compared with each other
	if err == nil && only != "" && s.Bond(only) == nil {
		err = control.Refused("bond", only, bondNames(&s))
	}
	if err != nil {
		failed(stderr, err)
		return exitUsage
	}
	host := look(&s)
	findings := slices.DeleteFunc(doctor.Examine(&s, host), func(f doctor.Finding) bool { return only != "" && f.Bond != only })
	if c.json {
		err = printJSON(stdout, map[string]any{"findings": append([]doctor.Finding{}, findings...), "not_looked_at": append([]string{}, host.Unseen...),
			"probed": append([]doctor.Echo{}, host.Echoes...)})
	} else {
		err = doctor.Print(stdout, findings, host)
	}
	if err == nil && doctor.Wrong(findings) {
		return exitWrong
	}
	return ended(stderr, err)
}
