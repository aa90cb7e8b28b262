package lacp

// Fallback carries data on ports whose partner does not run LACP.

// wantsFallback reports whether the port should be in fallback now.
func (s *System) wantsFallback(p *port) bool {
	if !p.fallbackDue || p.looped || s.foreignForbidsFallback(p) {
		return false
	}
	for _, q := range s.ports {
		if q.cfg.Key != p.cfg.Key {
			continue
		}
		if q.receive == ReceiveCurrent || q.receive == ReceiveExpired && !q.defaulted() {
			return false
		}
		if s.cfg.Fallback == FallbackOne && q.fallbackDue && !q.looped && q.actor.Port.Compare(p.actor.Port) < 0 {
			return false
		}
	}
	return true
}

// foreignForbidsFallback reports whether a foreign port keeps p from its fallback: one with the
// same key has a partner, or comes before p.
func (s *System) foreignForbidsFallback(p *port) bool {
	for i := range s.foreign {
		f := &s.foreign[i]
		if f.Key != p.actor.Key {
			continue
		}
		if f.Partner.System != (SystemID{}) {
			return true
		}
		if s.cfg.Fallback == FallbackOne && f.FallbackDue && f.Port.Compare(p.actor.Port) < 0 {
			return true
		}
	}
	return false
}

// stepFallback starts or ends a port's fallback and reports whether it did.
func (s *System) stepFallback(p *port) bool {
	if p.fallbackTimer.expired(s.now) { // it runs in DEFAULTED only
		p.fallbackDue = true
		p.fallbackTimer.stop()
		s.touchAll() // with FallbackOne, p may replace another
	}
	want := s.wantsFallback(p)
	if want == p.fallback {
		return false
	}
	p.fallback = want
	switch {
	case want:
		p.recordFallback(s)
	case p.receive == ReceiveDefaulted:
		p.unselect(s, causeFallbackEnds)
		p.recordDefault(s.now)
	}
	return true
}

// recordFallback assumes a partner that is in sync and collects.
func (p *port) recordFallback(s *System) {
	p.partner = p.cfg.PartnerAdmin
	p.partner.State |= StateCollecting
	if s.cfg.Fallback == FallbackAll {
		// The same for all ports of the key, so that they make one LAG.
		p.partner.System, p.partner.Key = SystemID{}, p.actor.Key
		p.partner.State |= StateAggregation
	}
	p.partner.State &^= StateSynchronization
	p.setPartnerSync(s.now, true)
}

// touchFallback touches all ports if Fallback is on, since the fallback of a port may
// depend on a change at another.
func (s *System) touchFallback() {
	if s.cfg.Fallback != FallbackNone {
		s.touchAll()
	}
}

// resetFallback applies a changed fallback to a port.
func (s *System) resetFallback(p *port) {
	p.fallbackTimer.stop()
	p.fallbackDue = false
	if p.receive == ReceiveDefaulted && s.cfg.Fallback != FallbackNone {
		s.startFallback(p)
	}
}

// startFallback starts the timer of the port's fallback.
func (s *System) startFallback(p *port) {
	p.fallbackDue = false
	p.fallbackTimer.start(s.now, s.cfg.FallbackTimeout)
}
