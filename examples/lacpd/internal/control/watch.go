package control

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// maxQueued is the most events that wait for a watcher.
const maxQueued = 256

// queue holds the events that wait for a watcher. If it is full, the oldest is left out and
// counted.
type queue struct {
	wake chan struct{} // receives a value after each event, if it has room

	mu     sync.Mutex
	events []json.RawMessage
	missed int // events that were left out before the first of events
}

// put appends an event. It never waits.
func (q *queue) put(event any) {
	raw, err := json.Marshal(event)
	q.mu.Lock()
	switch {
	case err != nil:
		q.missed++
	case len(q.events) == maxQueued:
		q.missed++
		q.events = append(q.events[1:], raw)
	default:
		q.events = append(q.events, raw)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns the next event; nil: none.
func (q *queue) take() (event json.RawMessage, missed int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return nil, 0
	}
	event, missed = q.events[0], q.missed
	q.events, q.missed = q.events[1:], 0
	return event, missed
}

// watch sends events until the client is gone, or the command has ended and all events are
// sent.
func (c *session) watch(ctx context.Context, command *Command, id uint64, call *Call) {
	ctx, cancel := context.WithCancel(ctx)
	q := &queue{wake: make(chan struct{}, 1)}
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() { ended <- c.guard(command, func() error { return command.Watch(ctx, call, q.put) }) }()
	go func() { defer close(gone); c.awaitEnd(ctx) }()
	done := false
	defer func() {
		cancel()
		if !done {
			<-ended //nolint:errcheck // the client is gone
		}
		_ = c.conn.Close() // awaitEnd then returns
		<-gone
	}()
	var err error
	for {
		if event, missed := q.take(); event != nil {
			if c.send(&Answer{ID: id, Missed: missed, Event: event}, watchTime) != nil {
				return
			}
			continue
		}
		if done {
			c.answer(id, nil, err)
			return
		}
		select {
		case <-q.wake:
		case <-gone:
			return
		case err = <-ended:
			done = true
		}
	}
}

// hangUpPause is how often a client that has closed its sending half is looked at.
const hangUpPause = time.Second

// awaitEnd waits until a watching client closes its end, or sends something, which also ends
// the watch.
func (c *session) awaitEnd(ctx context.Context) {
	if c.conn.SetReadDeadline(time.Time{}) != nil {
		return
	}
	if _, err := c.in.ReadByte(); err == nil || !silent(err) {
		return
	}
	for !hungUp(c.conn) {
		select {
		case <-time.After(hangUpPause):
		case <-ctx.Done():
			return
		}
	}
}
