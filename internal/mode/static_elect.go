package mode

import "github.com/lagkit/lagkit/lacp"

// electForGroups chooses the member that frames to groups are taken from, and keeps it as long
// as it works.
func (s *Static) electForGroups() {
	if s.active != None && s.members[s.active].able() {
		return
	}
	s.active = None
	for i := range s.members {
		if s.members[i].able() {
			s.active = ID(i)
			return
		}
	}
}

// elect chooses the active member.
func (s *Static) elect() {
	current := s.active
	if current != None && (!s.members[current].able() || s.members[current].Drained) {
		current = None
	}
	preferred := s.preferred(current)
	switch {
	case current == None || preferred == None:
		s.active = preferred
	case preferred == current || s.settings.Static.Reselect == ReselectFailure:
		s.active = current
	case s.settings.Static.Reselect == ReselectBetter && !better(&s.members[preferred].link, &s.members[current].link):
		s.active = current
	default:
		s.active = preferred
	}
}

// preferred returns the primary if it is able, else the able member with the highest priority.
// Among equal priorities it prefers the current member, then the first.
func (s *Static) preferred(current ID) ID {
	best := current
	for i := range s.members {
		m := &s.members[i]
		if !m.able() || m.Drained {
			continue
		}
		if m.Primary {
			return m.ID
		}
		if best == None || m.Priority > s.members[best].Priority {
			best = m.ID
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
