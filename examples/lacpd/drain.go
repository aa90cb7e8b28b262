package main

import (
	"context"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

var drainCommand = command{
	name: "drain", args: "[BOND] MEMBER", least: 1, most: 2,
	brief: "takes a member out of use without loss",
	help: "stops sending on a member, without loss, and makes its partner stop. The member stays in the bond. " +
		"Then its cable can be pulled. It lasts until undrain, or until lacpd ends.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return askDrain(ctx, c, args, stdout, stderr, true)
	}),
}

var undrainCommand = command{
	name: "undrain", args: "[BOND] MEMBER", least: 1, most: 2,
	brief: "puts a member into use again",
	help:  "puts a member into use again that drain has taken out.",
	setup: asking("the answer", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		return askDrain(ctx, c, args, stdout, stderr, false)
	}),
}

// drainArgs are the arguments of drain and undrain, and the result.
type drainArgs struct {
	Bond    string `json:"bond"` // empty: the bond that has the member
	Member  string `json:"member"`
	Drained bool   `json:"drained"`
}

func askDrain(ctx context.Context, c *client, args []string, stdout, stderr io.Writer, on bool) int {
	bond, member := bondAndMember(args)
	q := drainArgs{bond, member, on}
	return ask(ctx, c, stdout, stderr, "drain", q, func(r *drainArgs) string {
		if r.Drained {
			return r.Bond + ": " + r.Member + " is drained: lacpd status shows when its partner has stopped"
		}
		return r.Bond + ": " + r.Member + " is in use again"
	})
}

// drain carries out the commands drain and undrain.
func (d *daemon) drain(call *control.Call, args *drainArgs) (any, error) {
	m, name, err := d.findPresent(args.Bond, args.Member)
	if err == nil {
		err = m.live.Drain(name, args.Drained)
	}
	if err != nil {
		return nil, err
	}
	what := "member in use again"
	if args.Drained {
		what = "member drained"
	}
	d.logChange(call, what, "bond", m.cfg.Name, "member", name)
	return drainArgs{m.cfg.Name, name, args.Drained}, nil
}
