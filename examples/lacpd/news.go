package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// newsroom passes the daemon's own events to its watchers. The zero value is ready for use.
type newsroom struct {
	mu       sync.Mutex
	again    chan struct{} // closed when the list of bonds has changed; nil: no watcher waits for that
	watchers map[int]func(view.Event)
	next     int
}

// changed wakes those who wait for a change of the list of bonds.
func (n *newsroom) changed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.again != nil {
		close(n.again)
		n.again = nil
	}
}

// wait returns a channel that is closed at the next change of the list.
func (n *newsroom) wait() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.again == nil {
		n.again = make(chan struct{})
	}
	return n.again
}

// tell passes an event to all watchers. put never blocks.
func (n *newsroom) tell(kind, detail string) {
	n.put(view.Event{At: time.Now(), Kind: kind, Detail: detail})
}

// put passes another event to all watchers.
func (n *newsroom) put(e view.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, put := range n.watchers {
		put(e)
	}
}

// join adds a watcher until leave is called.
func (n *newsroom) join(put func(view.Event)) (leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.watchers == nil {
		n.watchers = make(map[int]func(view.Event))
	}
	n.next++
	id := n.next
	n.watchers[id] = put
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, id)
	}
}

// watchArgs are the arguments of watch.
type watchArgs struct {
	Bond string `json:"bond"` // empty: all bonds, and those that come later
}

// watch carries out the command watch. It follows each bond, also when it is opened again.
func (d *daemon) watch(ctx context.Context, call *control.Call, put func(any)) error {
	var args watchArgs
	if err := call.Args(&args); err != nil {
		return err
	}
	if args.Bond != "" {
		if _, err := d.find(args.Bond); err != nil {
			return err
		}
	}
	defer d.news.join(func(e view.Event) { put(e) })()
	followed := make(map[liveBond]bool) // also those that are closed but still in the list
	var running sync.WaitGroup
	defer running.Wait()
	for {
		again := d.news.wait()
		bonds := d.list()
		maps.DeleteFunc(followed, func(live liveBond, _ bool) bool {
			return !slices.ContainsFunc(bonds, func(m managed) bool { return m.live == live })
		})
		for _, m := range bonds {
			if m.live == nil || followed[m.live] || args.Bond != "" && m.cfg.Name != args.Bond {
				continue
			}
			followed[m.live] = true
			running.Go(func() { follow(ctx, m, put) })
		}
		select {
		case <-again:
		case <-ctx.Done():
			return nil
		}
	}
}

// follow passes on the events of a bond until it is closed.
func follow(ctx context.Context, m managed, put func(any)) {
	put(view.Event{At: time.Now(), Bond: m.cfg.Name, Kind: view.EventOpened})
	for e := range m.live.Watch(ctx) {
		put(view.OfEvent(m.cfg.Name, &e))
	}
	if ctx.Err() == nil {
		put(view.Event{At: time.Now(), Bond: m.cfg.Name, Kind: view.EventClosed})
	}
}
