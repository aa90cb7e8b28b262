package lacp

import "time"

// Detection that we ourselves ran late.

// Stalls are the times at which the System was driven too late.
type Stalls struct {
	Count   uint64        // Advance came later than Config.StallTolerance
	Longest time.Duration // by which it was late
}

// Stalls returns how often, and by how much at most, [System.Advance] came later
// than Config.StallTolerance after what was due.
func (s *System) Stalls() Stalls { return s.stalls }

// checkStall reports whether Advance comes late. What the partners sent in the
// meantime may still wait to be read.
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

// excuse gives the partner of a port that is about to be lost StallTolerance more.
func (s *System) excuse(p *port) {
	if p.currentWhile.expired(s.now) {
		p.currentWhile.start(s.now, s.cfg.StallTolerance)
	}
}
