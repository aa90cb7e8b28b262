package etcd

import (
	"context"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// watch is the watch of the group's keys. It stays with a member as long as that answers.
type watch struct {
	member *member
	cancel context.CancelFunc // ends it
	open   bool               // events arrive
}

// The pauses between watches that fail.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 2 * time.Second
)

// follow watches the keys of the group. Events are only hints to read: nothing is decided by them. So
// after a break, or for events that the cluster has compacted, a new watch begins with a hint and goes
// on from now.
func (s *Store) follow() {
	pause := firstPause
	for {
		select {
		case <-s.known:
		case <-s.ctx.Done():
			return
		}
		if s.followOn(s.order()[0]) {
			pause = firstPause
		}
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			return
		}
		pause = min(2*pause, mostPause)
	}
}

// followOn watches by a member until that fails, and reports whether events could arrive.
func (s *Store) followOn(m *member) (opened bool) {
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(s.ctx))
	defer cancel()
	s.setWatch(watch{member: m, cancel: cancel})
	defer s.setWatch(watch{})
	// A value of another client may be as large as a message: hence fragments.
	events := m.client.Watch(ctx, string(s.keys), clientv3.WithPrefix(), clientv3.WithFragment(), clientv3.WithCreatedNotify())
	for r := range events {
		switch {
		case r.Err() != nil:
			s.logger.Debug("watch of etcd ended", "endpoint", m.endpoint, "error", r.Err())
			return opened
		case r.Created:
			opened = true
			s.setWatch(watch{member: m, cancel: cancel, open: true})
			s.hint() // for what has changed before
		default:
			s.arrived(r.Events)
		}
	}
	return opened
}

func (s *Store) setWatch(w watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = w
}

// arrived passes a hint on for events other than those of what this Store publishes itself. If that was
// deleted, it is published again.
func (s *Store) arrived(events []*clientv3.Event) {
	for _, e := range events {
		switch own := s.lease.owns(string(e.Kv.GetKey())); {
		case !own:
			s.hint()
		case e.Type == clientv3.EventTypeDelete:
			s.lease.check()
		}
	}
}

// abandon ends the watch on a member that does not answer. It hangs otherwise: the client waits for the
// member to come back.
func (s *Store) abandon(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watch.member == m {
		s.watch.cancel()
	}
}
