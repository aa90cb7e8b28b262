package lacp

// LACPDUs that come back to the port that sent them. No machine sees them: the
// receive timer of the real partner runs on. A port without a partner must not fall
// back to carrying data in such a loop.

// isLooped reports whether the port itself sent the LACPDU, perhaps under the
// priority it had before.
func (p *port) isLooped(pdu *PDU) bool {
	return pdu.Actor.System == p.actor.System && pdu.Actor.Port.Number == p.actor.Port.Number
}

// noteLoop counts a LACPDU that came back. The loop counts as gone once three of the
// port's periodic LACPDUs have not.
func (s *System) noteLoop(p *port) {
	p.counters.LoopedRx++
	if !p.looped {
		p.looped, p.since.looped = true, s.now
		s.touchFallback()
	}
	p.loopTimer.start(s.now, timeoutOf(3, p.periodic == FastPeriodic))
	s.touch(p)
	s.settle()
}

// endLoop notes that the port no longer hears itself, or hears another station too.
func (s *System) endLoop(p *port) {
	p.loopTimer.stop()
	if p.looped {
		p.looped = false
		s.touchFallback()
	}
}

// expireLoop ends a loop that has been silent for long enough.
func (s *System) expireLoop(p *port) {
	if p.loopTimer.expired(s.now) {
		s.endLoop(p)
	}
}

// LoopedRx returns how many LACPDUs of a port came back to it, as in [Counters]; 0
// if there is no such port.
func (s *System) LoopedRx(n PortNumber) uint64 {
	if p := s.byNumber.get(n); p != nil {
		return p.counters.LoopedRx
	}
	return 0
}
