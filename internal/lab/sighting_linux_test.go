package lab

import (
	"bytes"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

func isDown(err error) bool { return errors.Is(err, syscall.ENETDOWN) }

// sighting records what a peer did at one plug. All figures of the lab are based on it, so
// that they mean the same for each peer.
type sighting struct {
	mu       sync.Mutex
	pdu      lacp.PDU // the last one
	pdus     int
	spokeAt  time.Time              // when it first sent an LACPDU since reset
	syncAt   time.Time              // when it first reported, since reset, that it is in sync
	sentAt   [txPerSecond]time.Time // when it sent the last LACPDUs; the next time goes to sentNext
	sentNext int
	limited  bool      // the report at usableAt had to wait for the limit of LACPDUs a second
	usableAt time.Time // when it first reported, since reset, that it takes data
	leftAt   time.Time // when it first reported, since reset, that it takes no data, or that it sends none
	data     int
	dataAt   time.Time // of the last data frame
	marker   []byte    // the last Marker Response
}

// txPerSecond is the most LACPDUs that a port may send in a second (6.4.16).
const txPerSecond = 3

// usable has the bits of an end's state that mean that it takes data on the link. The other
// end may then send there. It need not announce at once that it distributes, and some do so
// in their next periodic LACPDU.
const usable = lacp.StateSynchronization | lacp.StateCollecting

// note records a frame and reports whether it is one of the slow protocols.
func (s *sighting) note(now time.Time, frame []byte) (slow bool) {
	f := lacp.ParseSlow(frame)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case f.Kind == lacp.SlowLACPDU:
		before := s.pdu.Actor.State
		_ = s.pdu.UnmarshalBinary(f.PDU) // ParseSlow has checked it
		s.pdus++
		state := s.pdu.Actor.State
		if s.spokeAt.IsZero() {
			s.spokeAt = now
		}
		if state.Has(lacp.StateSynchronization) && s.syncAt.IsZero() {
			s.syncAt = now
		}
		if state.Has(usable) && s.usableAt.IsZero() {
			s.usableAt = now
			oldest := s.sentAt[s.sentNext]
			s.limited = !oldest.IsZero() && now.Sub(oldest) < lacp.FastPeriodicTime+50*time.Millisecond
		}
		s.sentAt[s.sentNext] = now
		s.sentNext = (s.sentNext + 1) % txPerSecond
		ended := before&^state&lacp.StateDistributing != 0
		if (ended || !state.Has(usable)) && s.leftAt.IsZero() {
			s.leftAt = now
		}
	case f.Kind == lacp.SlowMarkerResponse:
		s.marker = bytes.Clone(frame)
	case f.Kind == lacp.NotSlow && isUnicast(frame):
		s.data++
		s.dataAt = now
	}
	return f.Kind != lacp.NotSlow
}

// isUnicast reports whether a frame is unicast, unlike those that a system sends by itself on
// every port.
func isUnicast(frame []byte) bool { return len(frame) >= 14 && frame[0]&1 == 0 }

// isEchoRequest recognizes the lab's ICMP echo requests.
func isEchoRequest(frame []byte) bool {
	const typ = 14 + 20 // they have no IP options
	return len(frame) > typ && frame[12] == 8 && frame[13] == 0 && frame[14] == 0x45 && frame[23] == 1 && frame[typ] == 8
}

// reset clears the times of first events.
func (s *sighting) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spokeAt, s.syncAt, s.usableAt, s.leftAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
}

// glimpse is a copy of a sighting.
type glimpse struct {
	pdu              lacp.PDU
	pdus, data       int
	spokeAt, syncAt  time.Time
	usableAt, leftAt time.Time
	dataAt           time.Time
	marker           []byte
	limited          bool
}

func (s *sighting) get() glimpse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return glimpse{s.pdu, s.pdus, s.data, s.spokeAt, s.syncAt, s.usableAt, s.leftAt, s.dataAt, s.marker, s.limited}
}

// wantsFast reports whether the peer asks for LACPDUs each second.
func (g glimpse) wantsFast() bool { return g.pdu.Actor.State.Has(lacp.StateTimeout) }

// inUse reports whether the peer says that it takes data on the link. other is the last state
// of the link's other end.
func (g glimpse) inUse(other glimpse) bool {
	partner, actor := &g.pdu.Partner, &other.pdu.Actor
	return g.pdus > 0 && g.pdu.Actor.State.Has(usable) &&
		partner.System == actor.System && partner.Key == actor.Key && partner.Port == actor.Port
}
