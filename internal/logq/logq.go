// Package logq keeps a program from waiting for the reader of its log.
//
// A [Handler] puts records into a queue of fixed size, and one goroutine hands them to the
// next handler. If that handler blocks, as on a full pipe, or fails, as on a pipe without a
// reader, the program goes on. Records that do not fit are dropped and counted. As soon as a
// record can be written again, a record with the number of missing ones precedes it.
//
//	logger ──▶ Handler ──▶ queue ──▶ goroutine ──▶ handler below ──▶ file, pipe
package logq

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// ErrNotWritten is returned by [Handler.Close] if records were left in the queue.
var ErrNotWritten = errors.New("logq: log records left unwritten")

// Handler is a [slog.Handler] that never blocks. Its methods are safe for concurrent use.
// Handlers that WithAttrs and WithGroup return share its queue.
//
// Another goroutine handles records later, so the data that their attributes point to must not
// change after the call. Values that are [slog.LogValuer]s are resolved at once.
type Handler struct {
	next  slog.Handler
	queue *queue
}

// New returns a Handler that hands records to next, with room for size of them, at least 1. It
// starts a goroutine, which [Handler.Close] ends.
func New(next slog.Handler, size int) *Handler {
	q := &queue{next: next, size: max(1, size), wake: make(chan struct{}, 1), done: make(chan struct{})}
	go q.run()
	return &Handler{next, q}
}

// Wrap returns a logger that writes what l is given through a Handler with room for size records,
// which it returns too. The Handler is nil if l needs none: it has a Handler already, or discards
// all records.
func Wrap(l *slog.Logger, size int) (*slog.Logger, *Handler) {
	next := l.Handler()
	if _, queued := next.(*Handler); queued || next == slog.DiscardHandler {
		return l, nil
	}
	h := New(next, size)
	return slog.New(h), h
}

// Enabled returns the answer of the next handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle queues a record, or drops it if there is no room. It returns nil.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	h.queue.put(entry{ctx: context.WithoutCancel(ctx), to: h.next, record: resolved(r)})
	return nil
}

// WithAttrs returns a Handler with the same queue and more attributes.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.next.WithAttrs(attrs), h.queue}
}

// WithGroup returns a Handler with the same queue whose attributes are in a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.next.WithGroup(name), h.queue}
}

// Dropped returns how many records have been dropped because the queue was full or the next
// handler failed.
func (h *Handler) Dropped() uint64 {
	h.queue.mu.Lock()
	defer h.queue.mu.Unlock()
	return h.queue.dropped
}

// Close waits until the queued records have been handled, for at most timeout. After timeout
// it returns [ErrNotWritten], and the next handler may still be busy with a record. Records
// that arrive after Close are dropped.
func (h *Handler) Close(timeout time.Duration) error {
	q := h.queue
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-q.done:
		return nil
	case <-timer.C:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped += uint64(len(q.entries))
	q.entries = nil
	return ErrNotWritten
}

// resolved returns a record that does not change after the call.
func resolved(r slog.Record) slog.Record {
	fresh := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		fresh.AddAttrs(slog.Attr{Key: a.Key, Value: resolve(a.Value)})
		return true
	})
	return fresh
}

func resolve(v slog.Value) slog.Value {
	v = v.Resolve()
	if v.Kind() != slog.KindGroup {
		return v
	}
	attrs := make([]slog.Attr, len(v.Group()))
	for i, a := range v.Group() {
		attrs[i] = slog.Attr{Key: a.Key, Value: resolve(a.Value)}
	}
	return slog.GroupValue(attrs...)
}
