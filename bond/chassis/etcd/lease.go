package etcd

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// leaseTime is how long what a chassis publishes stays after the chassis has gone.
	leaseTime = 10 * time.Second

	// renewEvery is how often the lease is renewed, and renewAgain how soon after an error.
	renewEvery = 3 * time.Second
	renewAgain = time.Second
)

// lease is what this Store publishes, and the lease that it is under. The lease says that the chassis
// is there, and nothing else.
type lease struct {
	turn  chan struct{} // has room for the one that changes id and publications
	id    clientv3.LeaseID
	wrong chan struct{} // gets a value when something may have been lost

	mu    sync.Mutex
	texts map[string]*publication // by key
}

// publication is what a key of this Store should hold.
type publication struct {
	text     []byte // nil: the key should not exist
	revision uint64 // the last time it was written, as far as is known; 0: it did not exist
}

func newLease() *lease {
	return &lease{turn: make(chan struct{}, 1), wrong: make(chan struct{}, 1), texts: make(map[string]*publication)}
}

// take waits for the turn.
func (l *lease) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *lease) give() { <-l.turn }

// owns reports whether a key is one that this Store publishes.
func (l *lease) owns(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.texts[key]
	return p != nil && p.text != nil
}

// set notes what a key should hold.
func (l *lease) set(key string, text []byte) *publication {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.texts[key]
	if p == nil {
		p = new(publication)
		l.texts[key] = p
	}
	p.text = bytes.Clone(text)
	return p
}

// forget forgets a key that is withdrawn.
func (l *lease) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.texts, key)
}

// all returns a copy of the map of publications.
func (l *lease) all() map[string]*publication {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.texts)
}

// check makes maintain look at the lease at once.
func (l *lease) check() {
	select {
	case l.wrong <- struct{}{}:
	default:
	}
}

// maintain renews the lease, and publishes all again after the cluster has lost it.
func (s *Store) maintain() {
	timer := time.NewTimer(renewEvery)
	defer timer.Stop()
	for {
		lost := false
		select {
		case <-timer.C:
		case <-s.lease.wrong:
			lost = true
		case <-s.ctx.Done():
			return
		}
		again := renewEvery
		if err := s.renew(lost); err != nil {
			again = renewAgain
			if lost {
				s.lease.check()
			}
		}
		timer.Reset(again)
	}
}

// renew renews the lease. It publishes all again if the lease, or by lost something under it, is gone.
func (s *Store) renew(lost bool) error {
	ctx, leave, err := s.enter(s.ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.lease.take(ctx); err != nil {
		return err
	}
	defer s.lease.give()
	texts := s.lease.all()
	if len(texts) == 0 {
		return nil
	}
	if s.lease.id != clientv3.NoLease {
		ttl, err := s.keepAlive(ctx)
		switch {
		case err != nil:
			return err
		case ttl <= 0:
			s.lease.id = clientv3.NoLease
		case !lost:
			return nil
		}
	}
	s.logger.Warn("publishing again in etcd", "count", len(texts))
	for key, p := range texts {
		e := s.write(ctx, key, p)
		if e == nil && p.text == nil {
			s.lease.forget(key)
		}
		err = errors.Join(err, e)
	}
	return err
}

// grant gets a lease unless it has one.
func (s *Store) grant(ctx context.Context) error {
	if s.lease.id != clientv3.NoLease {
		return nil
	}
	r, err := ask(ctx, s.order(), s.more, func(ctx context.Context, m *member) (*clientv3.LeaseGrantResponse, error) {
		return m.client.Grant(ctx, int64(leaseTime/time.Second))
	})
	if err == nil {
		s.lease.id = r.ID
	}
	return err
}

// keepAlive renews the lease and returns how many seconds it lasts; 0: it has ended. The client has a
// method for it, which repeats a request that a member refuses without a pause.
func (s *Store) keepAlive(ctx context.Context) (ttl int64, err error) {
	id := int64(s.lease.id)
	return ask(ctx, s.order(), s.more, func(ctx context.Context, m *member) (int64, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // ends the stream
		stream, err := etcdserverpb.NewLeaseClient(m.client.ActiveConnection()).LeaseKeepAlive(ctx)
		if err != nil {
			return 0, rpctypes.Error(err)
		}
		if err := stream.Send(&etcdserverpb.LeaseKeepAliveRequest{ID: id}); err != nil {
			return 0, rpctypes.Error(err)
		}
		r, err := stream.Recv()
		if err != nil {
			return 0, rpctypes.Error(err)
		}
		return r.TTL, nil
	})
}

// revoke ends the lease, so that what was published vanishes at once. It keeps the turn: nothing is
// published after it.
func (s *Store) revoke() {
	ctx, cancel := context.WithTimeout(s.ctx, closing)
	defer cancel()
	if s.lease.take(ctx) != nil {
		return // it ends by itself
	}
	id := s.lease.id
	if id == clientv3.NoLease {
		return
	}
	_, err := ask(ctx, s.order(), s.more, func(ctx context.Context, m *member) (*clientv3.LeaseRevokeResponse, error) {
		return m.client.Revoke(ctx, id)
	})
	if err != nil {
		s.logger.Info("publications in etcd not withdrawn, they end within "+leaseTime.String(), "error", err)
	}
}
