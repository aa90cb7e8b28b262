package bond

import (
	"context"
	"slices"
	"sync"
)

const (
	watchBuffer = 64  // events that the reader can receive at once
	watchQueue  = 192 // events queued after those
)

// watcher is one reader of events, with a queue that never makes the writer wait.
type watcher struct {
	wake chan struct{}
	out  chan Event

	mu    sync.Mutex
	queue []Event
}

// put queues an event. If the queue is full, the event replaces an older one that it
// supersedes, or else the oldest.
func (w *watcher) put(e Event) {
	w.mu.Lock()
	if len(w.queue) >= watchQueue {
		i := slices.IndexFunc(w.queue, func(old Event) bool { return old.Kind == e.Kind && old.Member == e.Member })
		i = max(i, 0)
		missed := w.queue[i].Missed + 1
		w.queue = slices.Delete(w.queue, i, i+1)
		if i < len(w.queue) {
			w.queue[i].Missed += missed // the reader gets this event in its place
		} else {
			e.Missed += missed
		}
	}
	w.queue = append(w.queue, e)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) take() (Event, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return Event{}, false
	}
	e := w.queue[0]
	w.queue = slices.Delete(w.queue, 0, 1)
	return e, true
}

// run passes events to the reader until ctx is done or the bond has ended. Events that do not
// fit into the channel then are lost.
func (w *watcher) run(ctx context.Context, b *Bond) {
	defer close(w.out)
	defer b.do(func() { b.watchers = slices.DeleteFunc(b.watchers, func(x *watcher) bool { return x == w }) })
	for {
		e, ok := w.take()
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-ctx.Done():
				return
			case <-b.stopped:
				w.flush()
				return
			}
		}
		select {
		case w.out <- e:
		case <-ctx.Done():
			return
		case <-b.stopped:
			select {
			case w.out <- e:
				w.flush()
			default:
			}
			return
		}
	}
}

// flush passes on as many events as fit into the channel.
func (w *watcher) flush() {
	for {
		e, ok := w.take()
		if !ok {
			return
		}
		select {
		case w.out <- e:
		default:
			return
		}
	}
}
