package etcd

import (
	"context"
	"net"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
)

// batch is a read of several LAGs in one transaction: the LAGs of a chassis together cost the cluster
// what one costs.
type batch struct {
	lags    []string
	done    chan struct{} // closed when the rest is set
	outcome outcome
	err     error
}

const (
	// gather is how long a read waits for others that it can share a transaction with, if there are
	// other LAGs.
	gather = time.Millisecond

	// mostLAGs is how many LAGs a batch has. Each needs 2 of the 128 operations that a
	// member allows in a transaction.
	mostLAGs = 64
)

// read returns the view of a LAG. The transaction is sent after read was called, so the view is as
// new as it has to be.
func (s *Store) read(ctx context.Context, lag string) (chassis.View, error) {
	b, i, err := s.join(lag)
	if err != nil {
		return chassis.View{}, err
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return chassis.View{}, s.unanswered(context.Cause(ctx))
	}
	if b.err != nil {
		return chassis.View{}, b.err
	}
	return s.view(lag, b.outcome, b.outcome.gets[2*i:2*i+2])
}

// join adds a LAG to a batch that was not sent yet, and returns its place there.
func (s *Store) join(lag string) (*batch, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, 0, net.ErrClosed
	}
	if s.firstLAG == "" {
		s.firstLAG = lag
	}
	s.several = s.several || s.firstLAG != lag
	if s.reading == nil || len(s.reading.lags) == mostLAGs {
		b := &batch{done: make(chan struct{})}
		s.reading = b
		s.work.Add(1)
		wait := time.Duration(0)
		if s.several {
			wait = gather
		}
		time.AfterFunc(wait, func() {
			defer s.work.Done()
			s.send(b)
		})
	}
	b := s.reading
	b.lags = append(b.lags, lag)
	return b, len(b.lags) - 1, nil
}

// send carries out the transaction of a batch.
func (s *Store) send(b *batch) {
	defer close(b.done)
	s.mu.Lock()
	if s.reading == b {
		s.reading = nil
	}
	s.mu.Unlock()
	var gets []clientv3.Op
	for _, lag := range b.lags {
		gets = append(gets, s.reads(lag)...)
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	b.outcome, b.err = s.transact(ctx, transaction{reads: gets})
}
