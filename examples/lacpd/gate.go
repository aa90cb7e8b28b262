package main

import (
	"context"
	"flag"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/lacp"
)

var gateCommand = command{
	name: "gate", args: "BOND MEMBER open|closed|distributing", least: 3, most: 3,
	brief: "holds a member back for another program",
	help: "holds a member out of the bond for another program, such as one that authenticates the link with MACsec or watches it with BFD, until that opens the gate. " +
		"closed keeps the partner from using the link too; distributing only stops sending. Gates of different names are independent. " +
		"A gate can be closed before its member exists, and stays until it is opened, the bond is closed or lacpd ends.",
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "the answer")
		gate := f.String("gate", "operator", "`NAME` of the gate")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			q := gateArgs{Bond: args[0], Member: args[1], Gate: *gate, State: args[2]}
			return ask(ctx, c, stdout, stderr, "gate", q, func(r *gateArgs) string {
				return r.Bond + ": gate " + r.Gate + " of " + r.Member + " is " + r.State
			})
		}
	},
}

// gateArgs are the arguments of gate, and the result.
type gateArgs struct {
	Bond   string `json:"bond"`
	Member string `json:"member"`
	Gate   string `json:"gate"`
	State  string `json:"state"`
}

// gateLevels are the states of a gate.
var gateLevels = map[string]lacp.Gate{"open": lacp.GateOpen, "distributing": lacp.GateDistributing, "closed": lacp.GateSynchronization}

// maxGateName is the longest name of a gate, in octets.
const maxGateName = 64

// gate carries out the command gate.
func (d *daemon) gate(call *control.Call, args *gateArgs) (any, error) {
	level, ok := gateLevels[args.State]
	switch {
	case !ok:
		return nil, control.Refused("state", args.State, "open, closed or distributing")
	case len(args.Gate) > maxGateName:
		return nil, control.Refused("gate", args.Gate, "a shorter name")
	case !config.ValidPort(args.Member):
		return nil, control.Refused("member", args.Member, config.PortRule)
	}
	m, err := d.findRunning(args.Bond)
	if err != nil {
		return nil, err
	}
	name := args.Member
	st := m.live.Status()
	if found, ok := nameIn(&st, args.Member, d.links()); ok {
		name = found
	}
	if err := m.live.SetGate(name, args.Gate, level); err != nil {
		return nil, err
	}
	d.logChange(call, "gate set", "bond", args.Bond, "member", name, "gate", args.Gate, "state", args.State)
	return gateArgs{args.Bond, name, args.Gate, args.State}, nil
}
