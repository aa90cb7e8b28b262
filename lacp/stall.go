package lacp

import "time"

// Stall detection notices that our own process ran late.

// Stalls returns how often [System.Advance] came more than Config.StallTolerance after
// the deadline, and the longest delay.
func (s *System) Stalls() Stalls { return s.stalls }

// checkStall reports whether Advance comes late. LACPDUs that the partners sent in the
// meantime may still be queued.
func (s *System) checkStall() bool {
	if s.cfg.StallTolerance == 0 {
		return false
	}
	due := s.nextDue()
	if s.now-due <= instant(s.cfg.StallTolerance) {
		return false
	}
	s.stalls.Count++
	s.stalls.Longest = max(s.stalls.Longest, time.Duration(s.now-due))
	return true
}

// extendForStall gives a partner that is about to be declared lost StallTolerance more time.
func (s *System) extendForStall(p *port) {
	if p.currentWhile.expired(s.now) {
		p.currentWhile.start(s.now, s.cfg.StallTolerance)
	}
}
