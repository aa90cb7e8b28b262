// Package feed passes events to a reader and never makes the writer wait.
package feed

import (
	"context"
	"slices"
	"sync"
)

// The events that a feed buffers: those that the reader can receive at once, and those queued
// after them.
const (
	buffer = 64
	queued = 192
)

// Feed is the way of events to one reader. Use [New] to make one.
type Feed[E any] struct {
	supersedes func(e, old E) bool
	missed     func(*E) *int
	wake       chan struct{}
	out        chan E

	mu    sync.Mutex
	queue []E
}

// New returns a feed. supersedes reports whether a reader that gets e can do without an older
// event. missed returns the place in an event that counts the events before it that were left
// out.
func New[E any](supersedes func(e, old E) bool, missed func(*E) *int) *Feed[E] {
	return &Feed[E]{supersedes: supersedes, missed: missed, wake: make(chan struct{}, 1), out: make(chan E, buffer)}
}

// Events returns the channel of the events.
func (f *Feed[E]) Events() <-chan E { return f.out }

// Put queues an event. If the queue is full, the event replaces an older one that it
// supersedes, or else the oldest.
func (f *Feed[E]) Put(e E) {
	f.mu.Lock()
	if len(f.queue) >= queued {
		i := max(slices.IndexFunc(f.queue, func(old E) bool { return f.supersedes(e, old) }), 0)
		n := *f.missed(&f.queue[i]) + 1
		f.queue = slices.Delete(f.queue, i, i+1)
		if i < len(f.queue) {
			*f.missed(&f.queue[i]) += n // the reader gets this event in its place
		} else {
			*f.missed(&e) += n
		}
	}
	f.queue = append(f.queue, e)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *Feed[E]) take() (e E, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return e, false
	}
	e = f.queue[0]
	f.queue = slices.Delete(f.queue, 0, 1)
	return e, true
}

// Run passes events to the reader until ctx is done, or the writer has ended and closed ended.
// Then it closes the channel of the events. Events that do not fit into the channel then are
// lost.
func (f *Feed[E]) Run(ctx context.Context, ended <-chan struct{}) {
	defer close(f.out)
	for {
		e, ok := f.take()
		if !ok {
			select {
			case <-f.wake:
				continue
			case <-ctx.Done():
				return
			case <-ended:
				f.flush()
				return
			}
		}
		select {
		case f.out <- e:
		case <-ctx.Done():
			return
		case <-ended:
			select {
			case f.out <- e:
				f.flush()
			default:
			}
			return
		}
	}
}

// flush passes on as many events as fit into the channel.
func (f *Feed[E]) flush() {
	for {
		e, ok := f.take()
		if !ok {
			return
		}
		select {
		case f.out <- e:
		default:
			return
		}
	}
}

// Close closes the channel of the events, in place of Run.
func (f *Feed[E]) Close() { close(f.out) }
