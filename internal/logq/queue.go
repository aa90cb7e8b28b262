package logq

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// entry is a record and its handler.
type entry struct {
	ctx    context.Context
	to     slog.Handler
	record slog.Record
	missed uint64 // records dropped between the previous one and this one
}

// queue holds the entries that are not handled yet.
type queue struct {
	next slog.Handler // for the queue's own records
	size int
	wake chan struct{} // holds a value when there may be something to do
	done chan struct{} // closed when run has ended

	mu      sync.Mutex
	entries []entry
	missed  uint64 // dropped after the last entry
	dropped uint64 // in total
	closed  bool
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// put queues an entry or counts it as dropped.
func (q *queue) put(e entry) {
	q.mu.Lock()
	switch {
	case q.closed:
		q.dropped++
	case len(q.entries) == q.size:
		q.dropped++
		q.missed++
	default:
		e.missed, q.missed = q.missed, 0
		q.entries = append(q.entries, e)
	}
	q.mu.Unlock()
	q.signal()
}

// take returns the next entry. If there is no entry and note is set, it returns the number of
// records missed since as an entry without a handler. ok is false if it returns neither; ended
// is true if no entry will follow.
func (q *queue) take(note bool) (e entry, ok, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.entries) > 0:
		e = q.entries[0]
		q.entries[0] = entry{} // drop references
		q.entries = q.entries[1:]
		return e, true, false
	case q.missed > 0 && note:
		e = entry{ctx: context.Background(), missed: q.missed}
		q.missed = 0
		return e, true, false
	}
	return entry{}, false, q.closed
}

// run hands entries over until the queue is closed and empty.
func (q *queue) run() {
	defer close(q.done)
	lost := uint64(0) // records that the handler failed to take, not reported yet
	failing := false  // the handler failed on the last record
	for {
		e, ok, ended := q.take(!failing)
		switch {
		case ended:
			return
		case !ok:
			<-q.wake
			continue
		}
		failed := q.handle(e, lost)
		failing = failed > 0
		lost = 0
		if failing {
			lost = failed
		}
	}
}

// handle hands over an entry, preceded by a note of how many records are missing before it:
// e.missed and lost. It returns how many remain to be reported.
func (q *queue) handle(e entry, lost uint64) (unreported uint64) {
	missing := e.missed + lost
	if missing > 0 {
		note := slog.NewRecord(time.Now(), slog.LevelWarn, "log records dropped: the log was not read in time", 0)
		note.AddAttrs(slog.Uint64("records", missing))
		if q.next.Handle(e.ctx, note) != nil {
			return missing + q.drop(e)
		}
	}
	if e.to == nil || e.to.Handle(e.ctx, e.record) == nil {
		return 0
	}
	return q.drop(e)
}

// drop counts an entry's record as dropped, if it has one.
func (q *queue) drop(e entry) uint64 {
	if e.to == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
	return 1
}
