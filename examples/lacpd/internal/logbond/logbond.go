// Package logbond hands log records to a function, with the bond that their logger is of.
package logbond

import (
	"context"
	"log/slog"
)

// Handle handles a record of a bond's logger. It writes to next what is to be written. bond is the
// logger's attribute; empty: none.
type Handle func(ctx context.Context, next slog.Handler, bond string, r slog.Record) error

// handler is the [slog.Handler].
type handler struct {
	next   slog.Handler
	bond   string
	handle Handle
}

// New returns a Handler whose records handle gets. Those of a group go to next as they are: the
// attributes of a group have other meanings.
func New(next slog.Handler, handle Handle) slog.Handler {
	return &handler{next: next, handle: handle}
}

// Enabled returns the answer of the next handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs returns a handler with more attributes.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.next = h.next.WithAttrs(attrs)
	for _, a := range attrs {
		if a.Key == "bond" {
			with.bond = a.Value.String()
		}
	}
	return &with
}

// WithGroup returns a handler of next with a group.
func (h *handler) WithGroup(name string) slog.Handler { return h.next.WithGroup(name) }

// Handle calls the function.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	return h.handle(ctx, h.next, h.bond, r)
}
