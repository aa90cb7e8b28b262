package main

import (
	"context"
	"flag"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var historyCommand = command{
	name: "history",
	args: "[BOND] MEMBER",
	help: "prints the last transitions of the member's LACP machines, oldest first.",
	flags: func(f *flag.FlagSet, a *arguments) {
		socketFlag(f, a)
		f.BoolVar(&a.json, "json", false, "print them as JSON")
	},
	least: 1, most: 2,
	run: func(ctx context.Context, a *arguments, stdout, stderr io.Writer) int {
		args := historyArgs{Member: a.rest[len(a.rest)-1]}
		if len(a.rest) == 2 {
			args.Bond = a.rest[0]
		}
		var h view.History
		err := control.Ask(ctx, a.socket, "history", args, &h)
		switch {
		case err != nil:
		case a.json:
			err = printJSON(stdout, h)
		default:
			err = render.History(stdout, &h)
		}
		return ended(stderr, err)
	},
}
