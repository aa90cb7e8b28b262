package mode

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Kind is how [Static] uses the members whose link is up.
type Kind uint8

// The values of Kind.
const (
	Spread   Kind = iota // all of them
	Failover             // one; the others are on standby
	Stations             // all of them; it takes frames to groups from the active one
	Nothing              // none
)

// Reselect is when [Failover] leaves a member that works for one that it prefers.
type Reselect uint8

// The values of Reselect.
const (
	ReselectAlways  Reselect = iota // as soon as that one works
	ReselectBetter                  // if that one is faster too
	ReselectFailure                 // never
)

// StaticSettings are the settings of [Static].
type StaticSettings struct {
	Reselect Reselect
}

// Static is a [Machine] without a protocol: it uses members according to the state of their
// links.
type Static struct {
	effects
	kind     Kind
	settings Settings
	members  []staticMember // by ID
	active   ID             // Failover: the member in use; Stations: the one that takes frames to groups
	barred   bool           // there is no permission to carry data
	usable   int            // Stations: how many members carry data
}

// staticMember is a member, its link, and why it carries data or not.
type staticMember struct {
	in     bool
	barred bool // there is no permission to carry data
	link   lacp.Link
	reason lacp.Reason
	Member
}

// NewStatic returns a machine without members.
func NewStatic(kind Kind, s Settings) *Static {
	return &Static{kind: kind, settings: s, active: None}
}

// Active returns the active member, or None.
func (s *Static) Active() ID { return s.active }

// Add implements [Machine].
func (s *Static) Add(now time.Time, m Member) error {
	for int(m.ID) >= len(s.members) {
		s.members = append(s.members, staticMember{})
	}
	s.members[m.ID] = staticMember{in: true, reason: lacp.Reason{Code: lacp.ReasonLinkDown, Since: now}, Member: m}
	s.decide(now)
	return nil
}

// Remove implements [Machine].
func (s *Static) Remove(now time.Time, id ID) {
	if int(id) < len(s.members) {
		s.members[id] = staticMember{}
		s.decide(now)
	}
}

// Configure implements [Machine].
func (s *Static) Configure(now time.Time, settings Settings, members []Member) error {
	s.settings = settings
	for _, m := range members {
		s.members[m.ID].Member = m
	}
	s.decide(now)
	return nil
}

// SetLink implements [Machine].
func (s *Static) SetLink(now time.Time, id ID, l lacp.Link) {
	s.members[id].link = l
	s.decide(now)
}

// Receive implements [Machine].
func (s *Static) Receive(time.Time, ID, []byte) {}

// Advance implements [Machine].
func (s *Static) Advance(now time.Time) {
	if due := s.Deadline(); !due.IsZero() && !now.Before(due) {
		s.decide(now)
	}
}

// Deadline implements [Machine].
func (s *Static) Deadline() time.Time {
	if p := &s.settings.Permission; p.Needed && !s.barred {
		return p.Until
	}
	return time.Time{}
}

// SendFailed implements [Machine].
func (s *Static) SendFailed(time.Time, Effect) {}

// decide updates the members' states.
func (s *Static) decide(now time.Time) {
	before := s.active
	s.barred = !s.settings.Permission.allows(now)
	for i := range s.members {
		s.members[i].barred = s.barred
	}
	switch s.kind {
	case Failover:
		s.elect()
	case Stations:
		s.electForGroups()
	}
	usable := 0
	for i := range s.members {
		m := &s.members[i]
		if !m.in {
			continue
		}
		if r := s.reasonOf(m); r.Code != m.reason.Code {
			m.reason = r
			m.reason.Since = now
		} else {
			m.reason.Have, m.reason.Want = r.Have, r.Want
		}
		if m.able() {
			usable++
		}
	}
	s.add(Effect{Kind: EffectCarry})
	if s.kind == Failover && s.active != before {
		s.add(Effect{Kind: EffectActive, Member: s.active})
	}
	if s.kind == Stations && usable != s.usable && usable > 0 { // stations have moved to other members
		s.add(Effect{Kind: EffectAnnounce})
	}
	s.usable = usable
}

// able reports whether the member could carry data.
func (m *staticMember) able() bool { return m.in && m.link.Up && len(m.Gates) == 0 && !m.barred }

// code returns why a member carries data or not.
func (s *Static) code(m *staticMember) lacp.ReasonCode {
	switch {
	case len(m.Gates) > 0 && m.link.Up:
		return lacp.ReasonGateHold
	case m.barred && m.link.Up:
		return s.settings.Permission.Reason.Code
	case !m.able():
		return lacp.ReasonLinkDown
	case s.kind == Nothing, s.kind == Failover && m.ID != s.active:
		return lacp.ReasonStandby
	}
	return lacp.ReasonDistributing
}

// reasonOf returns why a member carries data or not.
func (s *Static) reasonOf(m *staticMember) lacp.Reason {
	code := s.code(m)
	if why := s.settings.Permission.Reason; m.barred && code == why.Code {
		return why
	}
	return lacp.Reason{Code: code}
}

// Carries implements [Machine].
func (s *Static) Carries(id ID) (collect, distribute bool) {
	on := s.Code(id) == lacp.ReasonDistributing
	return on, on
}

// Code implements [Machine].
func (s *Static) Code(id ID) lacp.ReasonCode { return s.Reason(id).Code }

// Reason implements [Machine].
func (s *Static) Reason(id ID) lacp.Reason {
	if int(id) < len(s.members) && s.members[id].in {
		return s.members[id].reason
	}
	return lacp.Reason{Code: lacp.ReasonLinkDown}
}
