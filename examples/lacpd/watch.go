package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

var watchCommand = command{
	name: "watch", args: "[BOND]", most: 1,
	help: "prints each change of the bonds, or of one of them, as a line of JSON, until it is interrupted. It begins with the present state. " +
		`A reader that is too slow loses events and gets a line {"kind":"Missed","missed":N}.`,
	flags: socketFlag,
	run: func(ctx context.Context, a *arguments, stdout, stderr io.Writer) int {
		var args watchArgs
		if len(a.rest) == 1 {
			args.Bond = a.rest[0]
		}
		err := control.Watch(ctx, a.socket, "watch", args, func(event json.RawMessage, missed int) error {
			if missed > 0 {
				if err := json.NewEncoder(stdout).Encode(missedLine{"Missed", missed}); err != nil {
					return err
				}
			}
			_, err := stdout.Write(append(event, '\n'))
			return err
		})
		if err != nil {
			return failed(stderr, err)
		}
		return exitOK
	},
}

type missedLine struct {
	Kind   string `json:"kind"`
	Missed int    `json:"missed"`
}
