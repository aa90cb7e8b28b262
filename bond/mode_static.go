package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// staticMode implements every mode without a protocol: it uses members according to the state
// of their links.
type staticMode struct {
	bond   *Bond
	mode   Mode
	active *member                 // ModeFailover: the member in use; ModeSLB: the one that takes frames to groups; nil: none
	usable int                     // ModeSLB: how many members carry data
	since  map[*member]lacp.Reason // the last reason of each member, with its time
}

func newStaticMode(b *Bond) *staticMode {
	return &staticMode{bond: b, mode: b.cfg.Mode, since: make(map[*member]lacp.Reason)}
}

func (s *staticMode) add(now time.Time, m *member) error {
	s.since[m] = lacp.Reason{Code: lacp.ReasonLinkDown, Since: now}
	s.decide(now)
	return nil
}

func (s *staticMode) remove(now time.Time, m *member) {
	delete(s.since, m)
	s.decide(now)
}

func (s *staticMode) linkChanged(now time.Time, _ *member) { s.decide(now) }
func (s *staticMode) receive(time.Time, *member, []byte)   {}
func (s *staticMode) advance(time.Time)                    {}
func (s *staticMode) deadline() time.Time                  { return time.Time{} }

func (s *staticMode) settingsChanged(now time.Time, _ Config) {
	s.decide(now)
	s.bond.setAddrs(s.active, func() {})
}

// decide updates and publishes the members' states.
func (s *staticMode) decide(now time.Time) {
	before, up := s.active, s.bond.ready.isUp()
	switch s.mode {
	case ModeFailover:
		s.elect()
	case ModeSLB:
		s.electForGroups()
	}
	for m, old := range s.since {
		if code := s.code(m); code != old.Code {
			s.since[m] = lacp.Reason{Code: code, Since: now}
		}
	}
	s.bond.publish()
	if s.mode == ModeSLB {
		s.tellOfStations(now, up)
		return
	}
	if s.active == before {
		return
	}
	active := s.active
	s.bond.setAddrs(active, func() {
		e := Event{Kind: EventActive}
		if active != nil {
			e.Member = active.link.Name()
		}
		s.bond.emit(e)
		if up && active != nil {
			s.bond.startAnnouncing(time.Now())
		}
	})
}

// electForGroups chooses the member that frames to groups are taken from, and keeps it as long
// as it works.
func (s *staticMode) electForGroups() {
	if s.active != nil && s.able(s.active) {
		return
	}
	s.active = nil
	for _, m := range s.bond.members {
		if s.able(m) {
			s.active = m
			return
		}
	}
}

// tellOfStations announces the stations to the network when the number of usable members has
// changed, since stations have then moved to other members.
func (s *staticMode) tellOfStations(now time.Time, wasUp bool) {
	usable := 0
	for _, m := range s.bond.members {
		if s.able(m) {
			usable++
		}
	}
	if usable != s.usable && wasUp && usable > 0 {
		s.bond.startAnnouncing(now)
	}
	s.usable = usable
}

// able reports whether the member could carry data.
func (s *staticMode) able(m *member) bool {
	_, taken := s.since[m]
	return taken && m.seen.Up && !s.bond.gated(m)
}

// elect chooses the active member.
func (s *staticMode) elect() {
	cfg := &s.bond.cfg
	current := s.active
	if current != nil && (!s.able(current) || current.drained) {
		current = nil
	}
	preferred := s.preferred(current)
	switch {
	case current == nil || preferred == nil:
		s.active = preferred
	case preferred == current || cfg.Reselect == ReselectFailure:
		s.active = current
	case cfg.Reselect == ReselectBetter && !better(&preferred.seen.Link, &current.seen.Link):
		s.active = current
	default:
		s.active = preferred
	}
}

// preferred returns the primary if it is able, else the able member with the highest priority.
// Among equal priorities it prefers the current member, then the first.
func (s *staticMode) preferred(current *member) *member {
	cfg := &s.bond.cfg
	best := current
	for _, m := range s.bond.members {
		if !s.able(m) || m.drained {
			continue
		}
		if m.link.Name() == cfg.Primary {
			return m
		}
		if best == nil || cfg.Priorities[m.link.Name()] > cfg.Priorities[best.link.Name()] {
			best = m
		}
	}
	return best
}

// better reports whether link a is faster than b, or as fast and full duplex where b is not.
func better(a, b *lacp.Link) bool {
	if a.SpeedMbps != b.SpeedMbps {
		return a.SpeedMbps > b.SpeedMbps
	}
	return a.Duplex == lacp.DuplexFull && b.Duplex != lacp.DuplexFull
}

func (s *staticMode) code(m *member) lacp.ReasonCode {
	switch {
	case s.bond.gated(m) && m.seen.Up:
		return lacp.ReasonGateHold
	case !s.able(m):
		return lacp.ReasonLinkDown
	case s.mode == ModeNone, s.mode == ModeFailover && m != s.active:
		return lacp.ReasonStandby
	}
	return lacp.ReasonDistributing
}

func (s *staticMode) carries(m *member) (collect, distribute bool) {
	on := s.code(m) == lacp.ReasonDistributing
	return on, on
}

func (s *staticMode) reason(m *member) lacp.Reason { return s.since[m] }

func (s *staticMode) status(st *Status) {
	if s.active != nil && s.mode == ModeFailover {
		st.Active = s.active.link.Name()
	}
}
