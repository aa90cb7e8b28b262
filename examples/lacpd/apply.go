package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/confirm"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var applyCommand = command{
	name: "apply", args: "FILE", least: 1, most: 1,
	brief: "gives lacpd another file, on trial with -confirm",
	help: "gives the running lacpd another configuration. A file with a problem changes nothing. " +
		"Without -confirm, lacpd first replaces its own file. With -confirm, lacpd puts the old configuration back unless lacpd confirm comes in time, and its file stays as it is until then: " +
		"if lacpd or the machine restarts meanwhile, the old configuration is back too. Until then lacpd refuses other changes and SIGHUP. lacpd needs to write to the directory of its file.",
	keys: true,
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "the answer")
		within := f.Duration("confirm", 0, "`TIME` such as 60s for lacpd confirm to come, 1s to 24h")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return runApply(ctx, c, args[0], *within, stdout, stderr)
		}
	},
}

// applyArgs are the arguments of apply and diff.
type applyArgs struct {
	File    string `json:"file"`    // its name, for messages
	Text    string `json:"text"`    // its content
	Confirm int    `json:"confirm"` // seconds until the old configuration comes back; 0: never
}

// applyResult is the result of apply.
type applyResult struct {
	Bonds    int               `json:"bonds"`
	Changes  []bondChange      `json:"changes"`
	Failed   []failedBond      `json:"failed"` // bonds that do not match the new configuration yet
	Warnings []control.Problem `json:"warnings"`
	Confirm  int               `json:"confirm"` // as in the arguments

	Chassis []config.Difference `json:"chassis"` // of the section; nothing changes before lacpd starts again
}

type failedBond struct {
	Bond  string `json:"bond"`
	Error string `json:"error"`
}

// maxConfirm is the longest time to confirm a change.
const maxConfirm = 24 * time.Hour

// readArgs reads the file of a command that sends it to lacpd.
func readArgs(name string) (applyArgs, error) {
	f, err := os.Open(name)
	if err != nil {
		return applyArgs{}, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, config.MaxSize+1))
	return applyArgs{File: name, Text: string(text)}, err
}

// runApply runs the command apply and returns the exit status.
func runApply(ctx context.Context, c *client, file string, within time.Duration, stdout, stderr io.Writer) int {
	args, err := readArgs(file)
	if err != nil {
		return refused(stderr, err)
	}
	args.Confirm = int(within / time.Second)
	if within != 0 && (within < time.Second || within > maxConfirm) {
		return wrongUse(stderr, "apply", fmt.Sprintf("-confirm %v: allowed: 1s to 24h", within))
	}
	if args.File, err = filepath.Abs(args.File); err != nil {
		return failed(stderr, err)
	}
	r, code := request[applyResult](ctx, c, stdout, stderr, "apply", args)
	switch {
	case r == nil:
		return code
	case c.json:
		code = writeJSON(stdout, stderr, r)
	default:
		fmt.Fprint(stdout, r.text(args.File))
	}
	if len(r.Failed) > 0 {
		return exitFailed
	}
	return code
}

func (r *applyResult) text(file string) string {
	var b strings.Builder
	for i := range r.Warnings {
		fmt.Fprintf(&b, "%s:%s\n", file, r.Warnings[i].String())
	}
	b.WriteString(changesText(r.Changes) + sectionText(r.Chassis))
	for _, f := range r.Failed {
		fmt.Fprintf(&b, "%s: failed, lacpd retries: %s\n", f.Bond, f.Error)
	}
	if r.Confirm > 0 {
		fmt.Fprintf(&b, "applied. Confirm within %d s: lacpd confirm. Otherwise the old configuration comes back.\n", r.Confirm)
	} else {
		b.WriteString("applied, and kept in lacpd's file.\n")
	}
	return b.String()
}

// largeText is the size, in octets, above which a text is parsed with little garbage. The syntax
// tree of a text that is made to be expensive takes hundreds of times its size.
const largeText = 16 << 10

// checkText parses a file's text and checks it against the machine, too.
func (d *daemon) checkText(args *applyArgs) *config.File {
	d.parsing.Lock() // each text takes memory
	defer d.parsing.Unlock()
	if len(args.Text) > largeText {
		runtime.GC()
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	f := config.Parse(args.File, []byte(args.Text))
	f.RefuseReplaced(d.running())
	f.Problems = append(f.Problems, d.unjoined(f)...)
	links, err := d.host.links()
	if err != nil {
		return f // without them, opening the bonds finds out
	}
	m := machine{links: links, refuses: d.host.refuses, kernels: d.host.kernels()}
	for _, b := range d.list() {
		if b.live == nil {
			continue
		}
		m.bonds = append(m.bonds, b.cfg.Name)
		st := b.live.Status()
		m.members = append(m.members, memberNames(&st)...)
	}
	f.Problems = append(f.Problems, m.problems(f.Bonds)...)
	f.Problems.Sort()
	return f
}

// applyText carries out the command apply.
func (d *daemon) applyText(call *control.Call, args *applyArgs) (any, error) {
	within := time.Duration(args.Confirm) * time.Second
	switch {
	case d.pending != nil:
		return nil, d.pending.refusal(d.host.bootTime())
	case args.Confirm < 0 || args.Confirm > int(maxConfirm/time.Second):
		return nil, control.Refused("confirm", fmt.Sprint(args.Confirm), "1 to 86400 seconds, or 0")
	}
	f := d.checkText(args)
	if err := refusal("configuration", f.Problems); err != nil {
		return nil, err
	}
	change, err := confirm.Prepare(d.args.config, []byte(args.Text))
	if err == nil && within == 0 {
		err = change.Keep()
	}
	if err != nil {
		return nil, &control.Error{Kind: control.KindFailed, Message: fmt.Sprintf("nothing changed: %v", err)}
	}
	r := applyResult{Bonds: len(f.Bonds), Changes: d.changes(f.Bonds), Failed: []failedBond{}, Warnings: warnings(f.Problems), Confirm: args.Confirm, Chassis: d.sectionChanges(f)}
	d.logChange(call, "configuration applied by a command", "bonds", len(f.Bonds), "confirm", within.String())
	if within > 0 {
		d.begin(change, within)
	}
	d.text = f.Text
	d.apply(f.Bonds)
	for _, m := range d.list() {
		if m.fault != nil {
			r.Failed = append(r.Failed, failedBond{m.cfg.Name, m.fault.err.Error()})
		}
	}
	d.news.tell(view.EventApplied, "")
	if within > 0 {
		d.pending.deadline = d.host.bootTime() + within // the client learns of it only now
		d.news.tell(view.EventPending, within.String())
	}
	return r, nil
}
