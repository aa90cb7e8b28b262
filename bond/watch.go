package bond

import (
	"context"
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/feed"
)

// Watch returns a channel of the bond's changes. It begins with the present state: one
// EventBond, and one EventMember for each member. The channel is closed when ctx is done or
// the bond is closed.
//
// A slow reader never blocks the bond. Up to 257 events are buffered for it. After that only
// the newest event of each kind and member is kept, and Missed counts the others.
func (b *Bond) Watch(ctx context.Context) <-chan Event {
	if ctx == nil {
		ctx = context.Background()
	}
	w := feed.New(Event.supersedes, func(e *Event) *int { return &e.Missed })
	started := b.do(func() {
		now := time.Now()
		w.Put(Event{At: now, Kind: EventBond, Up: b.ready.Up()})
		for m := range b.members.present {
			r := b.reason(m)
			w.Put(Event{At: now, Kind: EventMember, Member: m.link.Name(), Up: m.usable, Reason: r, Hold: b.hold(m)})
		}
		b.watchers = append(b.watchers, w)
	})
	if !started {
		w.Close()
		return w.Events()
	}
	go func() {
		w.Run(ctx, b.stopped)
		b.do(func() { b.watchers = slices.DeleteFunc(b.watchers, func(x *feed.Feed[Event]) bool { return x == w }) })
	}()
	return w.Events()
}
