package chassis

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// herald publishes the reports of this chassis and reads those of the others. One goroutine does both, so
// that a slow store holds up nothing else.
type herald struct {
	directory Directory // nil if the store is none
	me        ID
	boot      uint64
	wake      chan struct{}

	mu    sync.Mutex
	posts map[string]*post // by LAG
	stale bool             // there is a hint that reports have changed
}

// post is a report on its way to the store.
type post struct {
	text   []byte // what is to be published
	sent   []byte // what was published; nil: nothing is there
	tried  time.Time
	failed bool // it was not published, which was reported
	unread bool // the reports could not be read, which was reported
	leaves bool // the report is to be withdrawn

	losses int // how often the text of another life took the place of sent
	lost   time.Time
}

const (
	// publishPause is the least time between two reports about a LAG.
	publishPause = time.Second
	// readPause is the least time between two readings, and readAfter the most.
	readPause = 200 * time.Millisecond
	readAfter = 5 * time.Second
	// directoryTimeout is how long an answer of the store is waited for.
	directoryTimeout = 2 * time.Second

	// namesakes are how many losses in a row, each within namesakeTime of the one before, mean that
	// another chassis publishes under the same name. An earlier life, or a lost lease, causes one.
	namesakes    = 3
	namesakeTime = 10 * time.Second
)

func newHerald(s Store, me ID, boot uint64) *herald {
	d, _ := s.(Directory)
	return &herald{directory: d, me: me, boot: boot, wake: make(chan struct{}, 1), posts: make(map[string]*post)}
}

// set replaces what is published about a LAG.
func (h *herald) set(lag string, text []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.posts[lag]
	if p == nil {
		p = new(post)
		h.posts[lag] = p
		h.stale = true
	}
	p.text, p.leaves = text, false
	h.notify()
}

// forget withdraws what is published about a LAG.
func (h *herald) forget(lag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.posts[lag]; p != nil {
		p.text, p.leaves = nil, true
		h.notify()
	}
}

// hint notes that reports may have changed.
func (h *herald) hint() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stale = true
	h.notify()
}

func (h *herald) notify() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// run is the goroutine. It passes on what is published about a LAG, whether another chassis has the name
// of this one, and once why a report can't be published or read.
func (h *herald) run(ctx context.Context, news func(lag string, texts map[ID][]byte, namesake bool), failed func(lag string, err error)) {
	if h.directory == nil {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	var read time.Time
	for {
		next := h.publish(ctx, failed)
		if at := h.readAt(read); at.Before(next) {
			next = at
		}
		timer.Reset(max(time.Until(next), 0))
		select {
		case <-timer.C:
		case <-h.wake:
		case <-ctx.Done():
			return
		}
		if now := time.Now(); !now.Before(h.readAt(read)) {
			read = now
			h.read(ctx, news, failed)
		}
	}
}

// readAt returns when to read again after a reading.
func (h *herald) readAt(read time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stale {
		return read.Add(readPause)
	}
	return read.Add(readAfter)
}

// lags returns the LAGs in order.
func (h *herald) lags() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.posts))
}

// publish publishes what is due. It returns when more is due.
func (h *herald) publish(ctx context.Context, failed func(lag string, err error)) (next time.Time) {
	next = time.Now().Add(readAfter)
	for _, lag := range h.lags() {
		text, due, again := h.due(lag)
		if due {
			err := h.ask(ctx, func(ctx context.Context) error { return h.directory.Publish(ctx, h.me, lag, text) })
			if h.published(lag, text, err) && ctx.Err() == nil {
				failed(lag, err)
			}
		}
		if again.Before(next) {
			next = again
		}
	}
	return next
}

// ask asks the store, and does not wait long for the answer.
func (h *herald) ask(ctx context.Context, question func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, directoryTimeout)
	defer cancel()
	return question(ctx)
}

// due reports whether to publish a report about a LAG now, and which; nil withdraws it. It also returns
// when to ask again.
func (h *herald) due(lag string) (text []byte, due bool, again time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, now := h.posts[lag], time.Now()
	switch at := p.tried.Add(publishPause); {
	case !p.leaves && bytes.Equal(p.text, p.sent):
		return nil, false, now.Add(readAfter)
	case now.Before(at) && (p.failed || !p.leaves):
		return nil, false, at
	}
	p.tried = now
	return p.text, true, now.Add(publishPause)
}

// published notes what became of a report. It reports whether it is the first of a series that failed.
func (h *herald) published(lag string, text []byte, err error) (tell bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.posts[lag]
	tell = err != nil && !p.failed
	p.failed = err != nil
	switch {
	case err != nil:
		p.sent = nil // unknown
	case p.leaves && text == nil:
		delete(h.posts, lag)
	default:
		p.sent = text
	}
	return tell
}

// read reads what is published.
func (h *herald) read(ctx context.Context, news func(lag string, texts map[ID][]byte, namesake bool), failed func(lag string, err error)) {
	h.mu.Lock()
	h.stale = false
	h.mu.Unlock()
	for _, lag := range h.lags() {
		var texts map[ID][]byte
		err := h.ask(ctx, func(ctx context.Context) (err error) {
			texts, err = h.directory.Published(ctx, lag)
			return err
		})
		if h.wasRead(lag, err) && ctx.Err() == nil {
			failed(lag, err)
		}
		if texts != nil {
			news(lag, texts, h.check(lag, texts[h.me]))
		}
	}
}

// wasRead notes whether reports could be read. It reports whether that is the first failure of a series.
func (h *herald) wasRead(lag string, err error) (tell bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.posts[lag]
	tell = err != nil && !p.unread
	p.unread = err != nil
	return tell
}

// check compares what is published as the report of this chassis with what it has sent. If another text is
// there, or none, the report is published again. check reports whether another chassis has the same name.
func (h *herald) check(lag string, text []byte) (namesake bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.posts[lag]
	if time.Since(p.lost) > namesakeTime {
		p.losses = 0
	}
	if p.sent != nil && !bytes.Equal(text, p.sent) {
		p.sent = nil
		if r, err := parseReport(text); err == nil && r.Boot != h.boot {
			p.losses, p.lost = p.losses+1, time.Now()
		}
		h.notify()
	}
	return p.losses >= namesakes
}

// withdraw removes the reports, after run has ended.
func (h *herald) withdraw(ctx context.Context) {
	if h.directory == nil {
		return
	}
	_ = h.ask(ctx, func(ctx context.Context) error { // the store drops the rest some seconds later
		for _, lag := range h.lags() {
			if err := h.directory.Publish(ctx, h.me, lag, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
