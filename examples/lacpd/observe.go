package main

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// historyArgs ask for the history of a member. Without a bond, all are searched.
type historyArgs struct {
	Bond   string `json:"bond,omitempty"`
	Member string `json:"member"`
}

// history returns the last transitions of a member.
func (d *daemon) history(_ context.Context, call *control.Call) (any, error) {
	var args historyArgs
	if err := call.Args(&args); err != nil {
		return nil, err
	}
	m, name, err := d.findPresent(args.Bond, args.Member)
	if err != nil {
		return nil, err
	}
	h, err := m.live.History(name)
	if err != nil {
		return nil, err
	}
	return view.History{Bond: m.cfg.Name, Member: name, Mode: m.cfg.Mode.String(), Transitions: view.OfHistory(h)}, nil
}

// explainArgs ask which member sends a frame. Without a bond, there has to be only one.
type explainArgs struct {
	Bond  string `json:"bond,omitempty"`
	Frame string `json:"frame"` // in hexadecimal
}

// errUnnamed is the refusal of a command that needs the name of one of several bonds.
func errUnnamed(names string) error {
	return &control.Error{Kind: control.KindRefused, Field: "bond", Allowed: names, Message: "name one of the bonds: " + names}
}

// maxExplained is the longest frame that is explained, in octets.
const maxExplained = 16 << 10

// explain returns which member sends a frame, and why.
func (d *daemon) explain(_ context.Context, call *control.Call) (any, error) {
	var args explainArgs
	if err := call.Args(&args); err != nil {
		return nil, err
	}
	frame, err := hex.DecodeString(args.Frame)
	if err != nil || len(frame) > maxExplained {
		return nil, control.Refused("frame", args.Frame, fmt.Sprintf("at most %d octets in hexadecimal", maxExplained))
	}
	if args.Bond == "" {
		bonds := d.list()
		if len(bonds) != 1 {
			return nil, errUnnamed(managedNames(bonds))
		}
		args.Bond = bonds[0].cfg.Name
	}
	m, err := d.findRunning(args.Bond)
	if err != nil {
		return nil, err
	}
	e, err := m.live.Explain(frame)
	if err != nil {
		return nil, err
	}
	b := viewManaged(&m, nil)
	return view.OfExplanation(&b, &e), nil
}
