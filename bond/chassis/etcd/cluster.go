package etcd

import (
	"context"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// probeEvery is how often a member is asked that has answered no other request in that time.
	probeEvery = 2 * time.Second

	// probeAgain is how soon a member that does not answer is asked again.
	probeAgain = 500 * time.Millisecond

	// probeTimeout is how long a member may take to answer.
	probeTimeout = 2 * time.Second
)

// probe asks a member from time to time, so that it is known whether it answers.
func (s *Store) probe(m *member) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		if idle := m.idle(); idle < probeEvery {
			timer.Reset(probeEvery - idle)
			continue
		}
		ctx, cancel := context.WithTimeout(s.ctx, probeTimeout)
		err := m.call(ctx, func(ctx context.Context) error {
			r, err := m.client.Get(ctx, string(s.keys)+"identity", clientv3.WithCountOnly())
			if err == nil {
				err = s.admit(m, r.Header.GetClusterId())
			}
			return err
		})
		cancel()
		if err != nil {
			s.abandon(m)
			timer.Reset(probeAgain)
		} else {
			timer.Reset(probeEvery)
		}
	}
}

// idle returns how long ago the last answer of a member came; probeEvery or more if it does not answer.
func (m *member) idle() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return probeEvery
	}
	return time.Since(m.last)
}

// admit takes note of the cluster that a member belongs to. The first one that more than half of the
// members belong to is the cluster of this Store. An answer of another one is an error: it comes from a
// member that was set up again as a cluster of its own, and knows nothing of this group.
func (s *Store) admit(m *member, cluster uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.setCluster(cluster)
	if s.cluster == 0 {
		same := 0
		for _, o := range s.members {
			if o.inCluster(cluster) {
				same++
			}
		}
		if 2*same <= len(s.members) {
			return nil
		}
		s.cluster = cluster
		close(s.known)
	}
	if cluster != s.cluster {
		return fmt.Errorf("belongs to cluster %x, want %x", cluster, s.cluster)
	}
	return nil
}

func (m *member) setCluster(cluster uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cluster = cluster
}

func (m *member) inCluster(cluster uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cluster == cluster
}
