package main

import (
	"context"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var historyCommand = command{
	name:  "history",
	args:  "[BOND] MEMBER",
	brief: "shows the last transitions of a member",
	help:  "prints the last transitions of the member's LACP machines, oldest first.",
	least: 1, most: 2,
	setup: asking("them", func(ctx context.Context, c *client, args []string, stdout, stderr io.Writer) int {
		bond, member := bondAndMember(args)
		h, code := request[view.History](ctx, c, stdout, stderr, "history", historyArgs{bond, member})
		switch {
		case h == nil:
			return code
		case c.json:
			return ended(stderr, printJSON(stdout, h))
		}
		return ended(stderr, render.History(stdout, h))
	}),
}
