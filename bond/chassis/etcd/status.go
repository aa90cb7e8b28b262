package etcd

import "time"

// Status is the contact with the cluster.
type Status struct {
	Cluster  uint64    // its identifier; 0: not known yet
	Last     time.Time // when the last answer came; zero: none yet
	Watching bool      // changes by other chassis give hints
	Members  []MemberStatus
}

// MemberStatus is the contact with a member.
type MemberStatus struct {
	Endpoint string
	Answers  bool          // to the last request, or to the last probe
	Latency  time.Duration // of its answers, smoothed
	Last     time.Time     // of its last answer; zero: none yet
	Err      error         // why it does not answer; nil: it does
	Requests uint64        // that it was sent, without probes
	Failures uint64        // requests and probes without an answer
}

// Answering returns how many members answer.
func (st *Status) Answering() (n int) {
	for i := range st.Members {
		if st.Members[i].Answers {
			n++
		}
	}
	return n
}

// Status returns the contact with the cluster. The members are in the order of Config.Endpoints.
func (s *Store) Status() Status {
	s.mu.Lock()
	st := Status{Cluster: s.cluster, Watching: s.watch.open}
	s.mu.Unlock()
	for _, m := range s.members {
		ms := m.status()
		if ms.Last.After(st.Last) {
			st.Last = ms.Last
		}
		st.Members = append(st.Members, ms)
	}
	return st
}

func (m *member) status() MemberStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MemberStatus{
		Endpoint: m.endpoint, Answers: m.err == nil, Latency: m.latency, Last: m.last, Err: m.err,
		Requests: m.requests, Failures: m.failures,
	}
}
