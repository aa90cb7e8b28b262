package main

import (
	"context"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// commands returns what clients of the socket can ask for.
func (d *daemon) commands() []control.Command {
	return []control.Command{
		{Name: "status", Run: func(context.Context, *control.Call) (any, error) { return d.view(), nil }},
		{Name: "history", Run: d.history},
		{Name: "explain", Run: d.explain},
	}
}
