package control

import (
	"bufio"
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
)

// askTimeout limits the wait for an answer if the caller sets no deadline.
const askTimeout = 5 * time.Second

// maxAnswer is the most octets that are read of an answer.
const maxAnswer = 16 << 20

// Ask has the lacpd at path carry out a command and decodes the result. args and result may be
// nil. The error is an [*Error] if lacpd refused or failed. Without a deadline in ctx, Ask
// waits 5 s.
func Ask(ctx context.Context, path, command string, args, result any) error {
	ctx, cancel := withDeadline(ctx)
	defer cancel()
	var a *Answer
	err := ask(ctx, path, command, args, func(got *Answer) error { a = got; return nil })
	if err != nil {
		return unanswered(path, err)
	}
	if a.Error != nil {
		return a.Error
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return fmt.Errorf("the program that answers at %s is not lacpd: %w", path, err)
	}
	return nil
}

// Watch has the lacpd at path carry out a command that watches, and calls each with every
// event and the number of events that were missed before it. It returns nil once ctx is done,
// or the error of each.
func Watch(ctx context.Context, path, command string, args any, each func(event json.RawMessage, missed int) error) error {
	var theirs *Error
	err := ask(ctx, path, command, args, func(a *Answer) error {
		if a.Event == nil {
			theirs = a.Error
			return nil
		}
		return each(a.Event, a.Missed)
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the caller has ended the watch
	}
	if err != nil {
		return unanswered(path, err)
	}
	if theirs != nil {
		return theirs
	}
	return nil
}

func withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, askTimeout)
}

// Status asks the lacpd at path for its status, in the way that every version understands.
// Without a deadline in ctx, it waits 5 s.
func Status(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := withDeadline(ctx)
	defer cancel()
	b, err := readStatus(ctx, path)
	if err == nil && len(bytes.TrimSpace(b)) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, unanswered(path, errors.Join(ctx.Err(), err))
	}
	return b, nil
}

func readStatus(ctx context.Context, path string) ([]byte, error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_ = conn.CloseWrite() // an old lacpd may have answered already and be gone
	return io.ReadAll(io.LimitReader(conn, maxAnswer))
}

func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// errOld is returned if the server gave the status instead of an answer.
var errOld = errors.New("it gives only its status, as lacpd once did")

// tries is how often a client asks a server that did not wait for its request. On a busy
// machine the request may be late.
const tries = 3

func ask(ctx context.Context, path, command string, args any, each func(*Answer) error) (err error) {
	r := Request{Version: Version, ID: 1, Command: command}
	if args != nil {
		if r.Args, err = encode(args); err != nil {
			return err
		}
		r.Args = bytes.TrimSpace(r.Args)
	}
	line, err := encode(&r)
	if err != nil {
		return err
	}
	for range tries {
		if err = exchange(ctx, path, line, each); !errors.Is(err, errOld) {
			break
		}
	}
	return err
}

// exchange sends a request and calls each with the answers to it.
func exchange(ctx context.Context, path string, request []byte, each func(*Answer) error) error {
	conn, err := dial(ctx, path)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(request); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	// After a failed Write there is an answer too: why the server read no further.
	in := bufio.NewReader(conn)
	for {
		a, err := readAnswer(in)
		if err != nil {
			return errors.Join(ctx.Err(), err)
		}
		if err := each(a); err != nil || a.Event == nil {
			return err
		}
	}
}

// readAnswer reads one line. It returns errOld if that is the first line of a status.
func readAnswer(in *bufio.Reader) (*Answer, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxAnswer:
			return nil, fmt.Errorf("the answer has more than %d octets", maxAnswer)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		break
	}
	a := new(Answer)
	if bytes.Equal(line, []byte("{\n")) {
		return nil, errOld
	}
	if err := json.Unmarshal(line, a); err != nil {
		return nil, fmt.Errorf("not an answer of lacpd: %w", err)
	}
	if a.Version != Version {
		return nil, fmt.Errorf("lacpd answers with version %d of the protocol, this program knows %d", a.Version, Version)
	}
	return a, nil
}

// unanswered explains why lacpd did not answer, and what to do.
func unanswered(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), isStale(err):
		return fmt.Errorf("no lacpd answers at %s: start lacpd run, or name its socket with -socket", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("only the user who started lacpd, and the group of its -socket-group, may use socket %s: ask as one of them, for example with sudo", path)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("lacpd did not answer at %s in time: it is stopped or hangs", path)
	case errors.Is(err, errOld):
		return fmt.Errorf("the lacpd at %s has another version: %w", path, err)
	}
	return fmt.Errorf("no answer from lacpd at %s: %w", path, err)
}
