package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// maxStatus is the most octets that are read of an answer.
const maxStatus = 16 << 20

// runStatus runs the command status and returns the exit status.
func runStatus(ctx context.Context, a arguments, stdout, stderr io.Writer) int {
	raw, err := askStatus(ctx, a.socket)
	if err != nil {
		return failed(stderr, noAnswer(a.socket, err))
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

// noAnswer explains why lacpd did not answer, and what to do.
func noAnswer(socket string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), isStale(err):
		return fmt.Errorf("no lacpd answers at %s: start lacpd run, or name its socket with -socket", socket)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("only the user who started lacpd may use socket %s: ask as that user, for example with sudo", socket)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("lacpd did not answer at %s within %v: it is stopped or hangs", socket, askTimeout)
	}
	return fmt.Errorf("no answer from lacpd at %s: %w", socket, err)
}

// readStatus asks a running lacpd for its status.
func readStatus(ctx context.Context, socket string) (view.Status, error) {
	raw, err := askStatus(ctx, socket)
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

func askStatus(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(conn, maxStatus))
	if err == nil && len(bytes.TrimSpace(b)) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return b, err
}
