// Package logsum sums up log records that repeat. The first record of a cause is written at once.
// Others of the same cause within a minute are counted, and then one record stands for them: the
// last one, with the number of all that were left out.
//
// The cause of a record is its message and level, and what it is about: the bond, the member and
// what happened to it. So a link that goes up and down 50 times in a minute gives a record for
// each state it was in, and a minute later one more for each.
package logsum

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/logbond"
)

// Handler is a [slog.Handler] that sums up. Only records with a bond are summed up, unless they
// have an attribute "uid" (a user asked for the change) or "machine" (the trace of the LACP
// machines is meant to be complete). Handlers that WithAttrs returns sum up together.
type Handler struct {
	slog.Handler
	sums *sums
}

// Window is how long records of the same cause are summed up.
const Window = time.Minute

// maxCauses is the most causes that are remembered. Records of others are written at once.
const maxCauses = 1024

// about are the attributes that belong to the cause of a record. The others are values.
var about = []string{"bond", "member", "device", "to", "change", "error", "why", "key"}

// sums are the causes of the last window.
type sums struct {
	mu     sync.Mutex
	causes map[string]*cause
	timer  *time.Timer // nil: no record was left out
}

// cause is what records have in common.
type cause struct {
	since    time.Time // the last record that was written
	repeated int       // records since then
	last     slog.Record
	next     slog.Handler // of last
}

// New returns a Handler that hands records to next.
func New(next slog.Handler) *Handler {
	s := &sums{causes: make(map[string]*cause)}
	return &Handler{logbond.New(next, s.handle), s}
}

// handle writes a record, or counts it if one of the same cause was written within the window.
func (s *sums) handle(ctx context.Context, next slog.Handler, bond string, r slog.Record) error {
	if key, ok := causeOf(bond, &r); ok && s.repeats(key, r, next) {
		return nil
	}
	return next.Handle(ctx, r)
}

// causeOf returns the cause of a record of a bond's logger. ok is false if the record is not summed up.
func causeOf(bond string, r *slog.Record) (key string, ok bool) {
	values := make([]string, len(about))
	values[0] = bond
	whole := false
	r.Attrs(func(a slog.Attr) bool {
		if i := slices.Index(about, a.Key); i >= 0 {
			values[i] = a.Value.String()
		}
		whole = whole || a.Key == "uid" || a.Key == "machine"
		return true
	})
	if values[0] == "" || whole {
		return "", false
	}
	return r.Level.String() + "\x00" + r.Message + "\x00" + strings.Join(values, "\x00"), true
}

// repeats reports whether a record is left out because one of its cause was written before, and
// counts it then.
func (s *sums) repeats(key string, r slog.Record, next slog.Handler) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.causes[key]
	switch {
	case c == nil && len(s.causes) >= maxCauses:
		if s.forget(now); len(s.causes) >= maxCauses {
			return false
		}
		fallthrough
	case c == nil, c.repeated == 0 && now.Sub(c.since) >= Window:
		s.causes[key] = &cause{since: now}
		return false
	}
	c.repeated++
	c.last, c.next = r.Clone(), next
	if s.timer == nil {
		s.timer = time.AfterFunc(Window, s.flush)
	}
	return true
}

// forget removes the causes whose window is over.
func (s *sums) forget(now time.Time) {
	for key, c := range s.causes {
		if c.repeated == 0 && now.Sub(c.since) >= Window {
			delete(s.causes, key)
		}
	}
}

// Flush writes the sums of what was left out until now.
func (h *Handler) Flush() { h.sums.flush() }

// flush writes a record for each cause that repeated, in the order of the last records: the last
// one shows the present state.
func (s *sums) flush() {
	now := time.Now()
	var due []cause
	s.mu.Lock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	for _, c := range s.causes {
		if c.repeated > 0 {
			due = append(due, *c)
			c.since, c.repeated = now, 0
		}
	}
	s.forget(now)
	s.mu.Unlock()
	slices.SortFunc(due, func(a, b cause) int {
		return cmp.Or(a.last.Time.Compare(b.last.Time), strings.Compare(a.last.Message, b.last.Message))
	})
	for i := range due {
		r := due[i].last
		r.AddAttrs(slog.Int("repeated", due[i].repeated), slog.Time("last", r.Time))
		r.Time = now
		_ = due[i].next.Handle(context.Background(), r) // as with any other record, an error has no reader
	}
}
