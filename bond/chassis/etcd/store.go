package etcd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// Store is the store of a group in etcd. It is a [chassis.Directory]. Use [Open] to make one. Its methods
// are safe for concurrent use.
type Store struct {
	keys    keys
	members []*member
	more    *spare
	logger  *slog.Logger
	ctx     context.Context // done when the Store is closed
	cancel  context.CancelFunc
	work    sync.WaitGroup
	known   chan struct{} // closed when the cluster is known
	changes chan struct{}
	lease   *lease

	mu       sync.Mutex
	closed   bool
	cluster  uint64             // its identifier; 0: not known yet
	reading  *batch             // takes more reads; nil: none does
	firstLAG string             // that was read
	several  bool               // others were read too
	unknown  map[string]unknown // by LAG
	watch    watch
}

// unknown are the fields of a value that only a later program knows, so that they can be written back.
type unknown struct {
	epoch  uint64
	fields fields
}

var _ chassis.Directory = (*Store)(nil)

// Open returns the store of a group. It does not wait for etcd: a chassis starts without it, and its
// transactions fail until it answers. ctx matters only while Open runs. The error is a
// [*lacp.FieldError] or the client's.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := errors.Join(ctx.Err(), c.check()); err != nil {
		return nil, err
	}
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	s := &Store{
		keys: keysOf(c.Group), more: newSpare(), logger: c.Logger,
		known: make(chan struct{}), changes: make(chan struct{}, 1),
		lease: newLease(), unknown: make(map[string]unknown),
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, e := range c.Endpoints {
		m, err := newMember(e, &c)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.members = append(s.members, m)
	}
	for _, m := range s.members {
		s.work.Go(func() { s.probe(m) })
	}
	s.work.Go(s.follow)
	s.work.Go(s.maintain)
	return s, nil
}

// Do implements [chassis.Store]. An error means that contact with the cluster was lost, or is a
// [*lacp.FieldError], a [*VersionError], a [*ValueError] or [net.ErrClosed]. A transaction of a member
// that is slow is sent to the next one too, so it may be carried out twice.
func (s *Store) Do(ctx context.Context, lag string, op chassis.Op) (chassis.View, bool, error) {
	if err := checkOp(lag, &op); err != nil {
		return chassis.View{}, false, err
	}
	if op.Kind == chassis.OpRead || op.Kind == chassis.OpVeto && op.IntentRev == 0 {
		v, err := s.read(ctx, lag)
		return v, op.Kind == chassis.OpRead && err == nil, err
	}
	r, err := s.transact(ctx, s.change(lag, &op))
	if err != nil {
		return chassis.View{}, false, err
	}
	v, err := s.view(lag, r, r.gets[len(r.gets)-2:])
	return v, r.held && err == nil, err
}

// checkOp rejects what the store can't hold. The error is a [*lacp.FieldError].
func checkOp(lag string, op *chassis.Op) error {
	if err := checkName("lag", lag); err != nil {
		return err
	}
	switch op.Kind {
	case chassis.OpRead, chassis.OpVeto:
		return nil
	case chassis.OpIntent, chassis.OpClaim:
		return checkName("Chassis", string(op.Chassis))
	case chassis.OpRelease:
		if op.To == "" {
			return nil
		}
		return checkName("To", string(op.To))
	}
	return &lacp.FieldError{Field: "Kind", Value: op.Kind.String(), Allowed: "read to release"}
}

// Changes implements [chassis.Store].
func (s *Store) Changes() <-chan struct{} { return s.changes }

// hint makes the channel of Changes ready.
func (s *Store) hint() {
	select {
	case s.changes <- struct{}{}:
	default: // a hint is there already
	}
}

// closing is how long Close waits for each of its two steps.
const closing = time.Second

// Close withdraws what the store has published and closes the connections. Without contact the
// publications vanish by themselves. It takes at most two seconds. The error is [net.ErrClosed] if it
// was closed before, or reports that a connection could not be closed in time.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.revoke()
	s.cancel()
	done := make(chan error, 1)
	go func() {
		var errs []error
		for _, m := range s.members {
			errs = append(errs, m.client.Close())
		}
		s.work.Wait()
		done <- errors.Join(errs...)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(closing):
		return errors.New("etcd: connections not closed within " + closing.String())
	}
}

// enter begins a request. It waits until the cluster is known. The returned context ends with
// the Store; leave ends the request.
func (s *Store) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, nil, net.ErrClosed
	}
	s.work.Add(1)
	s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(net.ErrClosed) })
	leave = func() {
		stop()
		cancel(nil)
		s.work.Done()
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.known:
		return ctx, leave, nil
	case <-ctx.Done():
		err = s.unanswered(context.Cause(ctx))
	case <-late.C:
		err = s.unanswered(context.DeadlineExceeded)
	}
	leave()
	return nil, nil, err
}

// unanswered returns cause, and why the cluster is not known if that is so.
func (s *Store) unanswered(cause error) error {
	st := s.Status()
	if st.Cluster != 0 {
		return cause
	}
	errs := []error{fmt.Errorf("etcd: no contact yet with %d of %d members: %w", len(s.members)/2+1, len(s.members), cause)}
	for _, m := range st.Members {
		if m.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.Endpoint, m.Err))
		}
	}
	return errors.Join(errs...)
}

// order returns the members in the order to ask them.
func (s *Store) order() []*member { return ranked(s.members) }
