//go:build !noetcd

package group

import (
	"context"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// observed is a store that notes how its transactions go.
type observed struct {
	chassis.Directory

	mu      sync.Mutex
	contact time.Time // when the last transaction that succeeded began
	took    time.Duration
	errors  uint64
	err     error // of the last transaction
}

// Do implements [chassis.Store].
func (o *observed) Do(ctx context.Context, lag string, op chassis.Op) (chassis.View, bool, error) {
	began := time.Now()
	v, held, err := o.Directory.Do(ctx, lag, op)
	o.note(began, err)
	return v, held, err
}

func (o *observed) note(began time.Time, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err = err; err != nil {
		o.errors++
		return
	}
	if began.After(o.contact) {
		o.contact, o.took = began, time.Since(began)
	}
}

// fresh reports whether a transaction began within a time.
func (o *observed) fresh(within time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.contact.IsZero() && time.Since(o.contact) < within
}

// view returns the view of the store.
func (o *observed) view(members int) *view.Store {
	v := &view.Store{Members: members}
	o.mu.Lock()
	defer o.mu.Unlock()
	v.Errors = o.errors
	if counts, ok := o.Directory.(interface{ Answering() int }); ok {
		v.Answering = counts.Answering()
	}
	if o.err != nil {
		v.Error = o.err.Error()
	}
	if !o.contact.IsZero() {
		ago := int(time.Since(o.contact).Milliseconds())
		v.Answers, v.Contact, v.Latency = o.err == nil, &ago, int(o.took.Microseconds())
	}
	return v
}
