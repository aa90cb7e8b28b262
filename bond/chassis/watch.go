package chassis

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/internal/feed"
)

// watchers are the readers of events.
type watchers struct {
	mu    sync.Mutex
	feeds []*feed.Feed[Event]
}

// add adds a reader.
func (w *watchers) add() *feed.Feed[Event] {
	f := feed.New(Event.supersedes, func(e *Event) *int { return &e.Missed })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.feeds = append(w.feeds, f)
	return f
}

// remove removes a reader.
func (w *watchers) remove(f *feed.Feed[Event]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.feeds = slices.DeleteFunc(w.feeds, func(x *feed.Feed[Event]) bool { return x == f })
}

// put passes an event to all readers.
func (w *watchers) put(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.feeds {
		f.Put(e)
	}
}

// Watch returns a channel of the group's changes. It begins with the present state: for each LAG one
// EventActive, one EventPermission, and one EventDifference for each difference. The channel is closed
// when ctx is done or the Chassis is closed.
//
// A slow reader never blocks the Chassis. Up to 257 events are buffered for it. After that only the
// newest event of each subject is kept, and Missed counts the others.
func (c *Chassis) Watch(ctx context.Context) <-chan Event {
	f := c.watchers.add()
	for _, p := range c.all() {
		p.tell(func() {
			for _, e := range p.present() {
				e.At, e.LAG = time.Now(), p.name()
				f.Put(e)
			}
		})
	}
	go func() {
		f.Run(ctx, c.ctx.Done())
		c.watchers.remove(f)
	}()
	return f.Events()
}
