package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var statusCommand = command{
	name: "status",
	help: "asks the running lacpd and prints a table of bonds and members.",
	flags: func(f *flag.FlagSet, a *arguments) {
		socketFlag(f, a)
		f.BoolVar(&a.json, "json", false, "print the status as JSON")
	},
	run: runStatus,
}

// runStatus runs the command status and returns the exit status.
func runStatus(ctx context.Context, a *arguments, stdout, stderr io.Writer) int {
	raw, err := control.Status(ctx, a.socket)
	if err != nil {
		return failed(stderr, err)
	}
	if a.json {
		if _, err := stdout.Write(raw); err != nil {
			return failed(stderr, err)
		}
		return exitOK
	}
	v, err := parseStatus(a.socket, raw)
	if err != nil {
		return failed(stderr, err)
	}
	if err := render.Text(stdout, &v, time.Now()); err != nil {
		return failed(stderr, err)
	}
	return exitOK
}

// readStatus asks a running lacpd for its status.
func readStatus(ctx context.Context, socket string) (view.Status, error) {
	raw, err := control.Status(ctx, socket)
	if err != nil {
		return view.Status{}, err
	}
	return parseStatus(socket, raw)
}

func parseStatus(socket string, raw []byte) (v view.Status, err error) {
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("the program that answers at %s is not lacpd: %w", socket, err)
	}
	return v, nil
}
