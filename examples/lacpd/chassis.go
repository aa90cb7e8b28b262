package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

var chassisCommand = command{
	name: "chassis", args: "status|handover|ready|permit|stop [LAG] [TO|yes|no]", least: 1, most: 3,
	brief: "shows and moves LAGs that several boxes share",
	help: "is about the LAGs that this box shows its partners together with others, see the section chassis of the file. " +
		"status prints the group, and for each LAG which box carries it and what keeps the others from that. " +
		"handover LAG gives a LAG that this box carries to box TO, or else to the best one, and waits until it has it. " +
		"ready LAG reports that the services behind the LAG run on this box, ready LAG no that they do not: see lag_ready. " +
		"permit and stop are for a high-availability engine of the box, see external: permit LAG lets this box carry the LAG for the time of -hold, " +
		"counted from the start of the command, which comes before the engine makes sure that this box is the active one; stop LAG ends that, and once it has succeeded, no frame passes.",
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "the answer")
		a := &chassisFlags{client: c}
		f.StringVar(&a.format, "format", "", "the `FORMAT` of status: text or json (default text)")
		f.DurationVar(&a.hold, "hold", 0, "with permit: `TIME` such as 1s that the permission lasts, 300ms to 1m")
		f.Uint64Var(&a.epoch, "epoch", 0, "with permit: `N` counts the decisions of the engine; an older one than the last is refused")
		f.StringVar(&a.active, "active", "", "with stop: `NAME` of the box that carries the LAG now")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return a.run(ctx, args, stdout, stderr)
		}
	},
}

// chassisFlags are the flags of the command chassis.
type chassisFlags struct {
	client *client
	format string
	hold   time.Duration
	epoch  uint64
	active string
}

// run runs the command chassis and returns the exit status.
func (a *chassisFlags) run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	asked := bootTime() // before anything else
	word, rest := args[0], args[1:]
	if word == "status" {
		return a.status(ctx, rest, stdout, stderr)
	}
	most := map[string]int{"handover": 2, "ready": 2, "permit": 1, "stop": 1}[word]
	switch {
	case most == 0:
		return wrongUse(stderr, "chassis", fmt.Sprintf("%q: want status, handover, ready, permit or stop", word))
	case len(rest) == 0:
		return wrongUse(stderr, "chassis", word+": want a LAG")
	case len(rest) > most:
		return wrongUse(stderr, "chassis", fmt.Sprintf("argument %q not expected", rest[most]))
	case a.format != "":
		return wrongUse(stderr, "chassis", "-format: allowed only with status")
	case (a.hold != 0 || a.epoch != 0) && word != "permit":
		return wrongUse(stderr, "chassis", "-hold and -epoch: allowed only with permit")
	case a.active != "" && word != "stop":
		return wrongUse(stderr, "chassis", "-active: allowed only with stop")
	}
	lag, more := rest[0], first(rest[1:])
	switch word {
	case "handover":
		return askLAG(ctx, a, stdout, stderr, word, handOverArgs{lag, more})
	case "ready":
		if more != "" && more != "yes" && more != "no" {
			return wrongUse(stderr, "chassis", fmt.Sprintf("ready %q: want yes or no", more))
		}
		return askLAG(ctx, a, stdout, stderr, word, readyArgs{lag, more != "no"})
	case "permit":
		if a.hold == 0 {
			return wrongUse(stderr, "chassis", "permit: want -hold TIME")
		}
		return askLAG(ctx, a, stdout, stderr, word, permitArgs{lag, a.hold.Milliseconds(), a.epoch, asked.Nanoseconds()})
	}
	return askLAG(ctx, a, stdout, stderr, word, stopArgs{lag, a.active})
}

func askLAG(ctx context.Context, a *chassisFlags, stdout, stderr io.Writer, word string, args any) int {
	return ask(ctx, a.client, stdout, stderr, "chassis-"+word, args, func(r *lagResult) string { return r.Text })
}

// status prints the group and its LAGs.
func (a *chassisFlags) status(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) > 0:
		return wrongUse(stderr, "chassis", fmt.Sprintf("argument %q not expected", args[0]))
	case a.format != "" && a.format != "text" && a.format != "json":
		return wrongUse(stderr, "chassis", fmt.Sprintf("-format %q: allowed: text or json", a.format))
	}
	s, err := readStatus(ctx, a.client.socket)
	if err == nil && s.Chassis == nil {
		err = control.Refused("chassis", "status", "only a lacpd whose file has the section chassis; this one was started without it")
	}
	if err != nil {
		return ended(stderr, err)
	}
	if a.client.json || a.format == "json" {
		return ended(stderr, printJSON(stdout, groupStatus{s.Chassis, lagsOf(&s)}))
	}
	return ended(stderr, render.Chassis(stdout, &s, time.Now()))
}

// groupStatus is the JSON form of lacpd chassis status.
type groupStatus struct {
	Chassis *view.Chassis `json:"chassis"`
	LAGs    []bondLAG     `json:"lags"`
}

type bondLAG struct {
	Bond string `json:"bond"`
	*view.LAG
}

func lagsOf(s *view.Status) []bondLAG {
	lags := []bondLAG{}
	for i := range s.Bonds {
		if b := &s.Bonds[i]; b.LAG != nil {
			lags = append(lags, bondLAG{b.Name, b.LAG})
		}
	}
	return lags
}

// The arguments of the commands about one LAG.
type (
	handOverArgs struct {
		LAG string `json:"lag"`
		To  string `json:"to"` // empty: the best
	}
	readyArgs struct {
		LAG   string `json:"lag"`
		Ready bool   `json:"ready"`
	}
	permitArgs struct {
		LAG   string `json:"lag"`
		Hold  int64  `json:"hold_ms"`
		Epoch uint64 `json:"epoch"`
		Asked int64  `json:"asked_ns"` // when hold begins, since the boot; 0: now
	}
	stopArgs struct {
		LAG    string `json:"lag"`
		Active string `json:"active"` // the box that carries the LAG; empty: not known
	}
)

// lagResult is the result of these commands.
type lagResult struct {
	LAG    string `json:"lag"`
	Text   string `json:"text"`
	Active string `json:"active,omitempty"`  // the box that carries the LAG now
	Left   int64  `json:"left_ms,omitempty"` // of a permission
}

// handOverTime is how long a handover may take.
const handOverTime = 10 * time.Second

// lagCommand is a command about a LAG. It waits for no other change, because a permission may be short.
func lagCommand[A any](name string, run func(context.Context, *control.Call, *A) (lagResult, error)) control.Command {
	return control.Command{Name: name, Changes: true, Run: func(ctx context.Context, call *control.Call) (any, error) {
		var args A
		if err := call.Args(&args); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, handOverTime)
		defer cancel()
		result, err := run(ctx, call, &args)
		if e := (*lacp.FieldError)(nil); errors.As(err, &e) {
			err = control.Refused(e.Field, e.Value, e.Allowed)
		}
		return result, err
	}}
}

// refuseAlone refuses commands about LAGs in a lacpd without a group.
func (d *daemon) refuseAlone(lag string) error {
	if d.group == nil {
		return control.Refused("lag", lag, "nothing: lacpd was started without the section chassis")
	}
	return nil
}

func (d *daemon) handOverLAG(ctx context.Context, call *control.Call, a *handOverArgs) (r lagResult, err error) {
	if err := d.refuseAlone(a.LAG); err != nil {
		return r, err
	}
	active, err := d.group.HandOver(ctx, a.LAG, a.To)
	if err != nil {
		return r, err
	}
	d.logChange(call, "lag handed over by a command", "lag", a.LAG, "to", active)
	return lagResult{LAG: a.LAG, Text: a.LAG + ": " + active + " carries it now", Active: active}, nil
}

func (d *daemon) readyLAG(_ context.Context, call *control.Call, a *readyArgs) (r lagResult, err error) {
	if err = d.refuseAlone(a.LAG); err == nil {
		err = d.group.SetReady(a.LAG, a.Ready)
	}
	if err != nil {
		return r, err
	}
	d.logChange(call, "services behind a lag reported by a command", "lag", a.LAG, "ready", fmt.Sprint(a.Ready))
	text := ": this box is ready to carry it"
	if !a.Ready {
		text = ": this box is not ready to carry it; another one takes it if it can"
	}
	return lagResult{LAG: a.LAG, Text: a.LAG + text}, nil
}

func (d *daemon) permitLAG(_ context.Context, _ *control.Call, a *permitArgs) (r lagResult, err error) {
	now, clock := d.host.bootTime(), plane.Clock()
	asked := time.Duration(a.Asked)
	switch err := d.refuseAlone(a.LAG); {
	case err != nil:
		return r, err
	case a.Asked == 0:
		asked = now
	case a.Asked < 0 || asked > now:
		return r, control.Refused("asked_ns", fmt.Sprint(a.Asked), "a time since the boot that is over, at most "+fmt.Sprint(now.Nanoseconds()))
	case a.Hold > time.Hour.Milliseconds():
		return r, control.Refused("hold_ms", fmt.Sprint(a.Hold), "300 to 60000")
	}
	hold := time.Duration(a.Hold) * time.Millisecond
	if err := d.group.Permit(a.LAG, clock-(now-asked), hold, a.Epoch); err != nil {
		return r, err
	}
	left := (hold - (now - asked)).Milliseconds()
	return lagResult{LAG: a.LAG, Text: fmt.Sprintf("%s: this box carries it for %d ms, epoch %d", a.LAG, left, a.Epoch), Active: d.section().Name, Left: left}, nil
}

func (d *daemon) stopLAG(_ context.Context, call *control.Call, a *stopArgs) (r lagResult, err error) {
	if err = d.refuseAlone(a.LAG); err == nil {
		err = d.group.Stop(a.LAG, a.Active)
	}
	if err != nil {
		return r, err
	}
	d.logChange(call, "lag stopped by a command", "lag", a.LAG, "active", a.Active)
	return lagResult{LAG: a.LAG, Text: a.LAG + ": this box carries nothing of it any more", Active: a.Active}, nil
}
