package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var checkCommand = command{
	name:  "check",
	args:  "[FILE]",
	brief: "checks a file and this host, and changes nothing",
	help: "reads FILE, looks up its interfaces and reports what run would refuse. It changes nothing. " +
		"If the file has a section chassis and the store answers, it also reports what differs from the other boxes, with both values.",
	keys: true,
	most: 1,
	setup: func(f *flag.FlagSet) runFunc {
		var file, socket string
		configFlag(f, &file)
		socketFlag(f, &socket)
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			switch given := first(args); {
			case file != "" && given != "":
				return wrongUse(stderr, "check", "-config "+file+" and "+given+": allowed: one of them")
			case given != "":
				file = given
			case file == "":
				return wrongUse(stderr, "check", "want FILE")
			}
			return runCheck(ctx, file, socket, realHost, stdout, stderr)
		}
	},
}

// runCheck runs the command check and returns the exit status.
func runCheck(ctx context.Context, file, socket string, h host, stdout, stderr io.Writer) int {
	f, err := config.Load(file)
	if err != nil {
		return refused(stderr, err)
	}
	if links, err := h.links(); err != nil {
		fmt.Fprintf(stderr, "lacpd: only the file was checked: %v\n", err)
	} else {
		m := machine{links: links, refuses: h.refuses, kernels: h.kernels()}
		if v, err := readStatus(ctx, socket); err == nil { // else none runs
			m.bonds, m.members = inUse(v)
			f.RefuseReplaced(runningOf(v, links))
		}
		f.Problems = append(f.Problems, m.problems(f.Bonds)...)
	}
	if f.Chassis != nil && f.Refused() == nil {
		checkGroup(ctx, f, socket, h, stderr)
	}
	f.Problems.Sort()
	if h.trusted != nil {
		if err := trustedByRun(h, file, socket); err != nil {
			fmt.Fprintf(stderr, "lacpd: warning: run would refuse the file: %v\n", err)
		}
	}
	if len(f.Problems) > 0 {
		fmt.Fprintln(stderr, &config.Error{File: f.Name, Problems: f.Problems})
	}
	if f.Refused() != nil {
		return exitUsage
	}
	for _, b := range f.Bonds {
		ports := "ports"
		if len(b.Ports) == 1 {
			ports = "port"
		}
		fmt.Fprintf(stdout, "%s: ok, %d %s\n", b.Name, len(b.Ports), ports)
	}
	return exitOK
}

// checkGroup adds what would have no effect in the lacpd that runs, and how the LAGs differ from those of
// the other boxes.
func checkGroup(ctx context.Context, f *config.File, socket string, h host, stderr io.Writer) {
	var r diffResult
	if err := control.Ask(ctx, socket, "diff", applyArgs{File: f.Name, Text: string(f.Text)}, &r); err == nil { // else none runs, or it refuses the file
		for _, c := range r.Chassis {
			f.Problems.Warn(f.Chassis.KeyAt(c.Key), c.Key, "differs from the lacpd that runs", differenceText(&c))
		}
	}
	found, err := group.Compare(ctx, f, h.openStore)
	f.Problems = append(f.Problems, found...)
	if err != nil {
		fmt.Fprintf(stderr, "lacpd: not compared with the other boxes: %v\n", err)
	}
}

// serviceUser is the user that the package's unit runs lacpd as.
const serviceUser = "lagkit"

// trustedByRun returns why run does not use a file, by its owner and mode: as the user of the
// running lacpd, else as that of the unit or of this process.
func trustedByRun(h host, file, socket string) error {
	if running, ok := privilege.Owner(socket); ok {
		return h.trusted(file, running)
	}
	err := h.trusted(file, os.Geteuid())
	if err == nil {
		return nil
	}
	if u, missing := user.Lookup(serviceUser); missing == nil {
		if id, odd := strconv.Atoi(u.Uid); odd == nil && h.trusted(file, id) == nil {
			return nil
		}
	}
	return err
}

// inUse returns the bonds that a lacpd runs, and their members.
func inUse(v view.Status) (bonds, members []string) {
	for _, b := range v.Bonds {
		if !b.Running {
			continue
		}
		bonds = append(bonds, b.Name)
		for _, m := range b.Members {
			members = append(members, m.Interface)
		}
	}
	return bonds, members
}

// refused reports a configuration that can't be used and returns the exit status. It prints
// the problems of a file one per line without a prefix, so that editors can read them.
func refused(stderr io.Writer, err error) int {
	var fe *config.Error
	if errors.As(err, &fe) {
		fmt.Fprintln(stderr, fe)
	} else {
		fmt.Fprintf(stderr, "lacpd: configuration not read: %v\n", err)
	}
	return exitUsage
}
