package lacp

// Loop detection finds LACPDUs that come back to the port that sent them. No machine
// sees them, so the receive timer of the real partner continues to run. A port
// without a partner must not fall back to carrying data in such a loop.

// isLooped reports whether the port itself sent the LACPDU, perhaps with an earlier
// priority.
func (p *port) isLooped(pdu *PDU) bool {
	return pdu.Actor.System == p.actor.System && pdu.Actor.Port.Number == p.actor.Port.Number
}

// noteLoop counts a LACPDU that came back. The loop is considered gone once no LACPDU
// has come back for three of the port's periods.
func (s *System) noteLoop(p *port) {
	p.counters.LoopedRx++
	if !p.looped {
		p.looped, p.since.looped = true, s.now
		s.touchFallback()
	}
	p.loopTimer.start(s.now, timeoutOf(3, p.periodic == FastPeriodic))
	s.touch(p)
}

// endLoop records that the port no longer hears itself, or that it also hears another
// station.
func (s *System) endLoop(p *port) {
	p.loopTimer.stop()
	if p.looped {
		p.looped = false
		s.touchFallback()
	}
}

// expireLoop ends a loop after loopTimer has expired.
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
