package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// changeTimeout is how long a client waits until lacpd has made a change. A change may have to
// wait for others, for the kernel and for the partners of bonds that are closed.
const changeTimeout = 2 * time.Minute

// ask has the running lacpd carry out a command, prints the result as text or as JSON, and
// returns the exit status.
func ask[R any](ctx context.Context, c *client, stdout, stderr io.Writer, name string, args any, text func(*R) string) int {
	result, code := request[R](ctx, c, stdout, stderr, name, args)
	if result == nil {
		return code
	}
	if c.json {
		return writeJSON(stdout, stderr, result)
	}
	fmt.Fprintln(stdout, text(result))
	return exitOK
}

// request has the running lacpd carry out a command. Without a result it has printed why, and
// returns the exit status.
func request[R any](ctx context.Context, c *client, stdout, stderr io.Writer, name string, args any) (*R, int) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	result := new(R)
	err := control.Ask(ctx, c.socket, name, args, result)
	if err == nil {
		return result, exitOK
	}
	if e := (*control.Error)(nil); errors.As(err, &e) && c.json {
		writeJSON(stdout, stderr, map[string]*control.Error{"error": e})
	}
	return nil, ended(stderr, err)
}

func writeJSON(stdout, stderr io.Writer, v any) int {
	e := json.NewEncoder(stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return failed(stderr, err)
	}
	return exitOK
}
