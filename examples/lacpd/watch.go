package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

var watchCommand = command{
	name: "watch", args: "[BOND]", most: 1,
	brief: "prints each change as a line of JSON",
	help: "prints each change of the bonds, or of one of them, as a line of JSON, until it is interrupted. It begins with the present state. " +
		`A reader that is too slow loses events and gets a line {"kind":"Missed","missed":N}.`,
	setup: func(f *flag.FlagSet) runFunc {
		var socket string
		socketFlag(f, &socket)
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			err := control.Watch(ctx, socket, "watch", watchArgs{first(args)}, func(event json.RawMessage, missed int) error {
				if missed > 0 {
					if err := json.NewEncoder(stdout).Encode(missedLine{"Missed", missed}); err != nil {
						return err
					}
				}
				_, err := stdout.Write(append(event, '\n'))
				return err
			})
			return ended(stderr, err)
		}
	},
}

type missedLine struct {
	Kind   string `json:"kind"`
	Missed int    `json:"missed"`
}
