package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// session is one connected client.
type session struct {
	server *Server
	conn   net.Conn
	in     *bufio.Reader
	peer   Peer
	large  bool // it has a place for a large request

	// waits is since when lacpd waits for the client to send or to read; 0: it does not. It is
	// in nanoseconds since the Unix epoch.
	waits atomic.Int64
}

// keepsWaiting returns how long lacpd has been waiting for the client.
func (c *session) keepsWaiting() (time.Duration, bool) {
	since := c.waits.Load()
	return time.Since(time.Unix(0, since)), since != 0
}

// run answers the client's requests, one after another, until it closes its end, keeps lacpd
// waiting for too long, or sends something that is no request.
func (c *session) run(ctx context.Context) {
	defer c.conn.Close()
	defer c.leaveLarge()
	c.peer = c.server.identify(c.conn)
	c.in = bufio.NewReader(c.conn)
	switch err := c.await(silence); {
	case err != nil && silent(err):
		c.giveStatus()
		return
	case err != nil:
		return
	}
	for ctx.Err() == nil {
		line, err := c.line()
		var refused *Error
		if errors.As(err, &refused) {
			c.answer(0, nil, refused)
			return
		}
		if err != nil || !c.handle(ctx, line) || c.await(idleTime) != nil {
			return
		}
	}
}

// silent reports whether a client has sent nothing yet but can still read.
func silent(err error) bool {
	var timeout net.Error
	return errors.Is(err, io.EOF) || errors.As(err, &timeout) && timeout.Timeout()
}

// await waits until the client has sent something.
func (c *session) await(limit time.Duration) error {
	c.waits.Store(time.Now().UnixNano())
	defer c.waits.Store(0)
	if err := c.conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := c.in.Peek(1)
	return err
}

// maxRequest is the longest request in octets. It holds a configuration file of 256 KiB whose
// every octet is escaped.
const maxRequest = 2*256<<10 + 4096

// Requests with a file need memory, so only few of them are carried out at once.
const (
	smallRequest = 16 << 10 // octets; longer requests are large
	maxLarge     = 4
)

// enterLarge takes a place for a large request, unless the client has one. It returns an error if
// all are taken.
func (c *session) enterLarge() error {
	if c.large {
		return nil
	}
	select {
	case c.server.large <- struct{}{}:
		c.large = true
		return nil
	default:
		return &Error{Kind: KindBusy, Field: "request", Value: fmt.Sprintf("more than %d octets", smallRequest), Allowed: fmt.Sprintf("%d of this size at a time", maxLarge),
			Message: fmt.Sprintf("%d clients already send large requests: try again later", maxLarge)}
	}
}

func (c *session) leaveLarge() {
	if c.large {
		c.large = false
		<-c.server.large
	}
}

// line reads a request that has begun. The end of what the client sends ends a line too.
func (c *session) line() ([]byte, error) {
	c.waits.Store(time.Now().UnixNano())
	defer c.waits.Store(0)
	if err := c.conn.SetReadDeadline(time.Now().Add(requestTime)); err != nil {
		return nil, err
	}
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxRequest:
			return nil, Refused("request", fmt.Sprintf("more than %d octets", maxRequest), "a shorter one")
		case len(line) > smallRequest:
			if busy := c.enterLarge(); busy != nil {
				return nil, busy
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF):
			return bytes.TrimSpace(line), nil
		default:
			return nil, err
		}
	}
}

// handle answers one request. It reports whether the client may send another.
func (c *session) handle(ctx context.Context, line []byte) bool {
	var r Request
	if err := decode("request", line, &r); err != nil || len(line) == 0 {
		if err == nil {
			err = Refused("request", "", "one JSON object on a line")
		}
		return c.answer(r.ID, nil, err)
	}
	command, release, err := c.admit(&r)
	if err != nil {
		return c.answer(r.ID, nil, err)
	}
	defer release()
	call := &Call{Peer: c.peer, args: r.Args}
	if command.Watch != nil {
		c.watch(ctx, command, r.ID, call)
		return false
	}
	result, err := c.carryOut(ctx, command, call)
	return c.answer(r.ID, result, err)
}

// admit returns the command that a client asks for, if the client may use it now. The caller
// calls release at the end of the command.
func (c *session) admit(r *Request) (command *Command, release func(), err error) {
	s := c.server
	if r.Version != 0 && r.Version != Version {
		return nil, nil, Refused("version", fmt.Sprint(r.Version), fmt.Sprint(Version))
	}
	if command = s.find(r.Command); command == nil {
		return nil, nil, Refused("command", r.Command, s.names())
	}
	places := s.watchers
	switch {
	case command.Changes:
		places = s.changes
		if !c.peer.mayChange(s.group) {
			return nil, nil, &Error{Kind: KindDenied, Field: "command", Value: r.Command, Allowed: "commands that change nothing",
				Message: fmt.Sprintf("user %d may not use %s: ask as root, as the user of lacpd, or as a member of its -socket-group", c.peer.UID, r.Command)}
		}
	case command.Watch == nil:
		return command, func() {}, nil
	}
	select {
	case places <- struct{}{}:
		return command, func() { <-places }, nil
	default:
		return nil, nil, &Error{Kind: KindBusy, Field: "command", Value: r.Command, Allowed: fmt.Sprintf("%d at a time", cap(places)),
			Message: fmt.Sprintf("%s: %d clients already do this: try again later", r.Command, cap(places))}
	}
}

// carryOut runs a command. A command that changes something is never cut short.
func (c *session) carryOut(ctx context.Context, command *Command, call *Call) (result any, err error) {
	if !command.Changes {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, runTime)
		defer cancel()
	}
	err = c.guard(command, func() error {
		result, err = command.Run(ctx, call)
		return err
	})
	return result, err
}

// guard turns a panic of a command into an error: lacpd carries a network and has to go on.
func (c *session) guard(command *Command, run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			c.server.Log.Error("command gave up", "command", command.Name, "error", r)
			err = &Error{Kind: KindFailed, Message: fmt.Sprintf("%s: lacpd gave up: %v", command.Name, r)}
		}
	}()
	return run()
}

// answer sends a result or an error. It reports whether that succeeded.
func (c *session) answer(id uint64, result any, err error) bool {
	c.leaveLarge() // the request is done, also if the client is slow to read
	a := Answer{ID: id}
	if err == nil {
		a.Result, err = json.Marshal(result)
	}
	if err != nil {
		a.Error = asError(err)
	}
	return c.send(&a, writeTime) == nil
}

// send writes an answer, and gives up on a client that does not read within limit.
func (c *session) send(a *Answer, limit time.Duration) error {
	a.Version = Version
	line, err := encode(a)
	if err != nil {
		return err
	}
	return c.write(line, limit)
}

func (c *session) write(b []byte, limit time.Duration) error {
	c.waits.Store(time.Now().UnixNano())
	defer c.waits.Store(0)
	if err := c.conn.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// giveStatus writes the status for a client that sends nothing.
func (c *session) giveStatus() {
	b, err := json.MarshalIndent(c.server.Status(), "", "  ")
	if err != nil {
		c.server.Log.Error("status not written", "error", err)
		return
	}
	_ = c.write(append(b, '\n'), writeTime) // the client may be gone
}
