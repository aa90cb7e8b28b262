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
	name:  "history",
	args:  "[BOND] MEMBER",
	help:  "prints the last transitions of the member's LACP machines, oldest first.",
	least: 1, most: 2,
	setup: func(f *flag.FlagSet) runFunc {
		c := clientFlags(f, "them")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			bond, member := bondAndMember(args)
			var h view.History
			err := control.Ask(ctx, c.socket, "history", historyArgs{bond, member}, &h)
			switch {
			case err != nil:
			case c.json:
				err = printJSON(stdout, h)
			default:
				err = render.History(stdout, &h)
			}
			return ended(stderr, err)
		}
	},
}
