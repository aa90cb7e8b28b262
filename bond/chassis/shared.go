package chassis

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// shared is this chassis's place in a LAG that all chassis carry at the same time. There is no role:
// they compare settings and partners, and count each other's links.
type shared struct {
	seat
	looked time.Duration
}

// sharedBeat is how often the status of a shared LAG is looked at.
const sharedBeat = 200 * time.Millisecond

// start is the goroutine.
func (s *shared) start() { s.run(s.step, s.forget) }

// step does what is due.
func (s *shared) step() time.Duration {
	now := plane.Clock()
	if s.looked == 0 || now >= s.looked+sharedBeat {
		s.looked = now
		st := s.carrier.Status()
		s.report(&st, true)
	}
	return s.looked + sharedBeat
}

// status returns the status of the LAG.
func (s *shared) status() Status {
	st := Status{Ready: true}
	for _, id := range s.chassis.group.Others {
		st.Peers = append(st.Peers, PeerStatus{ID: id})
	}
	s.describe(&st)
	return st
}

// present returns the events that begin a Watch.
func (s *shared) present() []Event { return s.differing() }

// A shared LAG has no machine that could want these.
func (s *shared) poke()           {}
func (s *shared) receive(Message) {}
func (s *shared) gone(ID, uint64) {}
