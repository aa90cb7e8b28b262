// Package logstep keeps the steps of a link that forms from looking like faults. For a moment each
// end waits for the other, with a reason that is worth a warning only if it lasts. So such a record
// is written as information, and once more, as a warning, if the member is still there three seconds
// later.
package logstep

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/logbond"
	"github.com/lagkit/lagkit/lacp"
)

// Lasting is how long a member may take for a step: a partner answers within that time, even if it
// waits two seconds for other links.
const Lasting = 3 * time.Second

// steps are the reasons that a link may have for a moment while it forms.
var steps = []string{lacp.ReasonPartnerNotInSync.String(), lacp.ReasonPartnerStale.String(), lacp.ReasonPartnerDefaultedUs.String()}

// message is that of the records about the reason of a member.
const message = "member changed"

// waiting are the members that have taken such a step.
type waiting struct {
	mu      sync.Mutex
	members map[member]*time.Timer
}

type member struct{ bond, name string }

// New returns a handler that does so for the records of bonds about their members, and hands all records
// to next.
func New(next slog.Handler) slog.Handler {
	w := &waiting{members: make(map[member]*time.Timer)}
	return logbond.New(next, w.handle)
}

// handle writes a record, that of a step as information.
func (w *waiting) handle(ctx context.Context, next slog.Handler, bond string, r slog.Record) error {
	if r.Message != message || bond == "" {
		return next.Handle(ctx, r)
	}
	var name, from, to string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "member":
			name = a.Value.String()
		case "from":
			from = a.Value.String()
		case "to":
			to = a.Value.String()
		}
		return true
	})
	m := member{bond, name}
	if r.Level < slog.LevelWarn || !slices.Contains(steps, to) || from == lacp.ReasonDistributing.String() {
		w.end(m)
		return next.Handle(ctx, r)
	}
	step, lasting := r.Clone(), r.Clone()
	step.Level = slog.LevelInfo
	w.begin(m, func() {
		lasting.AddAttrs(slog.String("for", Lasting.String()))
		lasting.Time = time.Now()
		_ = next.Handle(context.Background(), lasting) // as with any other record, an error has no reader
	})
	return next.Handle(ctx, step)
}

// begin notes that a member has taken a step, and calls lasts if it takes no other for long.
func (w *waiting) begin(m member, lasts func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.members[m]; old != nil {
		old.Stop()
	}
	var timer *time.Timer
	timer = time.AfterFunc(Lasting, func() {
		w.mu.Lock()
		mine := w.members[m] == timer
		if mine {
			delete(w.members, m)
		}
		w.mu.Unlock()
		if mine {
			lasts()
		}
	})
	w.members[m] = timer
}

// end notes that a member has left the step.
func (w *waiting) end(m member) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if timer := w.members[m]; timer != nil {
		timer.Stop()
		delete(w.members, m)
	}
}
