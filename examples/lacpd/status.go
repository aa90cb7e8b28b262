package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/metrics"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var statusCommand = command{
	name:  "status",
	args:  "[BOND|DIR]",
	most:  2, // the second is an interval
	brief: "shows the bonds and why they are up or down",
	help: "asks the running lacpd and prints why each bond is up or down, and a table of its members; with BOND, of one bond. " +
		"SENT and RECEIVED are the rates of a quarter of a second, SHARE is a member's part of what the bond has sent since lacpd started; with -watch they are those since the last time. " +
		"Format proc is that of /proc/net/bonding, sysfs writes the bonding driver's files below DIR, teamd is its state dump.",
	setup: func(f *flag.FlagSet) runFunc {
		var a statusFlags
		socketFlag(f, &a.socket)
		f.BoolVar(&a.json, "json", false, "the same as -format json")
		f.StringVar(&a.format, "format", "", "the `FORMAT`: "+strings.Join(formatNames(), ", ")+" (default text)")
		f.Var(&a.watch, "watch", "show it again and again, with rates, every second or every `INTERVAL` (-watch=5s)")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return runStatus(ctx, &a, args, stdout, stderr)
		}
	},
}

// statusFlags are the flags of the command status.
type statusFlags struct {
	socket, format string
	json           bool
	watch          watchFlag
}

// format is one way to print a status.
type format struct {
	name  string
	print func(w io.Writer, s *view.Status) error
}

// formats are those that -format takes, besides text and sysfs.
var formats = []format{
	{"json", func(w io.Writer, s *view.Status) error { return printJSON(w, s) }},
	{"proc", render.Proc},
	{"openconfig", render.OpenConfig},
	{"teamd", printTeamd},
	{"prometheus", metrics.Write},
}

const (
	formatText  = "text"  // for people
	formatSysfs = "sysfs" // writes files
)

func formatNames() []string {
	names := []string{formatText}
	for _, f := range formats {
		names = append(names, f.name)
	}
	return append(names, formatSysfs)
}

// runStatus runs the command status and returns the exit status.
func runStatus(ctx context.Context, a *statusFlags, args []string, stdout, stderr io.Writer) int {
	name := a.format
	switch {
	case a.json && name != "" && name != "json":
		return wrongUse(stderr, "status", "-json and -format "+name+" exclude each other")
	case a.json:
		name = "json"
	case name == "":
		name = formatText
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 && name != formatText && name != formatSysfs {
		return wrongUse(stderr, "status", fmt.Sprintf("-format %q: allowed: %s", name, strings.Join(formatNames(), ", ")))
	}
	if a.watch.on {
		args = a.watch.take(args)
		if name != formatText {
			return wrongUse(stderr, "status", "-watch needs -format text")
		}
	}
	if len(args) > 1 {
		return wrongUse(stderr, "status", fmt.Sprintf("argument %q not expected", args[1]))
	}
	only := first(args)
	if name == formatSysfs {
		return runSysfs(ctx, a.socket, only, stderr)
	}
	if a.watch.on {
		return runStatusWatch(ctx, a, only, stdout, stderr)
	}
	if name == formatText {
		return ended(stderr, runStatusText(ctx, a.socket, only, stdout))
	}
	if name == "json" && only == "" { // with what another version of lacpd may add
		raw, err := control.Status(ctx, a.socket)
		if err == nil {
			_, err = stdout.Write(raw)
		}
		return ended(stderr, err)
	}
	s, err := readBonds(ctx, a.socket, only)
	if err == nil {
		err = formats[i].print(stdout, s)
	}
	return ended(stderr, err)
}

// moment is the time that the rates of a status are measured in: long enough for a rate, too short
// to wait for.
const moment = 250 * time.Millisecond

// runStatusText prints a status with the rates of a moment.
func runStatusText(ctx context.Context, socket, only string, stdout io.Writer) error {
	before, err := readBonds(ctx, socket, only)
	if err != nil {
		return err
	}
	began := time.Now()
	select {
	case <-time.After(moment):
	case <-ctx.Done():
		return ctx.Err()
	}
	s, err := readBonds(ctx, socket, only)
	if err != nil {
		return err
	}
	now := time.Now()
	return render.Text(stdout, s, before, now, now.Sub(began))
}

func runSysfs(ctx context.Context, socket, dir string, stderr io.Writer) int {
	if dir == "" {
		return wrongUse(stderr, "status", "-format sysfs: want the DIR to write to")
	}
	s, err := readBonds(ctx, socket, "")
	if err == nil {
		err = render.Sysfs(dir, s)
	}
	return ended(stderr, err)
}

// wrongUse reports arguments that a command can't use and returns the exit status.
func wrongUse(stderr io.Writer, command, what string) int {
	fmt.Fprintf(stderr, "lacpd: %s\nTry lacpd %s -h.\n", what, command)
	return exitUsage
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTeamd prints the dump of one bond, because teamd has a process for each.
func printTeamd(w io.Writer, s *view.Status) error {
	if len(s.Bonds) != 1 {
		return fmt.Errorf("-format teamd prints one bond: name one of %s", bondNames(s))
	}
	return render.Teamd(w, &s.Bonds[0], func(name string) int {
		i, err := net.InterfaceByName(name)
		if err != nil { // in another namespace, or gone
			return 0
		}
		return i.Index
	})
}

// readStatus asks a running lacpd for its status.
func readStatus(ctx context.Context, socket string) (v view.Status, err error) {
	raw, err := control.Status(ctx, socket)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("the program that answers at %s is not lacpd: %w", socket, err)
	}
	return v, nil
}

// readBonds asks a running lacpd for the status of all bonds or, if only is not empty, of one.
func readBonds(ctx context.Context, socket, only string) (*view.Status, error) {
	s, err := readStatus(ctx, socket)
	if err != nil || only == "" {
		return &s, err
	}
	b := s.Bond(only)
	if b == nil {
		return nil, control.Refused("bond", only, bondNames(&s))
	}
	return &view.Status{Bonds: []view.Bond{*b}}, nil
}

// bondNames returns the names of the bonds as in "bond0, bond1".
func bondNames(s *view.Status) string {
	var names []string
	for i := range s.Bonds {
		names = append(names, s.Bonds[i].Name)
	}
	return listed(names, "bonds")
}
