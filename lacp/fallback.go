package lacp

import "slices"

// Fallback is what becomes of ports whose partner does not speak LACP, where a
// partner is required ([Config.RequirePartner]). A port falls back once it has
// been in DEFAULTED for FallbackTimeout and no port of the same administrative
// key has a partner; the first valid LACPDU on any of them ends it for all. A port
// that hears its own LACPDUs never falls back.
type Fallback uint8

// The fallbacks.
const (
	FallbackNone Fallback = iota // no data without a partner
	FallbackOne                  // one port, the one with the lowest port identifier, as an Individual link
	FallbackAll                  // all of the same operational key in one static LAG: right only if the other end has one too
)

var fallbackNames = [...]string{"none", "one", "all"}

// String returns "none", "one" or "all".
func (f Fallback) String() string { return name(fallbackNames[:], int(f)) }

// ParseFallback returns the fallback of a name that String gives. The error is a
// [*FieldError].
func ParseFallback(name string) (Fallback, error) {
	if i := slices.Index(fallbackNames[:], name); i >= 0 {
		return Fallback(i), nil
	}
	return 0, &FieldError{"fallback", name, "none, one or all"}
}

// wantsFallback reports whether the port is to fall back now.
func (s *System) wantsFallback(p *port) bool {
	if !p.fallbackDue || p.looped {
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

// stepFallback lets a port fall back, or ends it, and reports whether it did.
func (s *System) stepFallback(p *port) bool {
	if p.fallbackTimer.expired(s.now) { // it runs in DEFAULTED only
		p.fallbackDue = true
		p.fallbackTimer.stop()
		s.touchAll() // FallbackOne: perhaps p instead of another
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
		p.unselect(s, whyFallbackEnds)
		p.recordDefault(s.now)
	}
	return true
}

// recordFallback takes a partner for granted.
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

// touchFallback has all ports looked at again, if whether they fall back may depend
// on what has changed at one of them.
func (s *System) touchFallback() {
	if s.cfg.Fallback != FallbackNone {
		s.touchAll()
	}
}

// touchAll has all ports looked at again.
func (s *System) touchAll() {
	for _, p := range s.ports {
		s.touch(p)
	}
}

// resetFallback has a changed fallback take effect on a port.
func (s *System) resetFallback(p *port) {
	p.fallbackTimer.stop()
	p.fallbackDue = false
	if p.receive == ReceiveDefaulted && s.cfg.Fallback != FallbackNone {
		s.startFallback(p)
	}
}

// startFallback starts the time after which the port falls back.
func (s *System) startFallback(p *port) {
	p.fallbackDue = false
	p.fallbackTimer.start(s.now, s.cfg.FallbackTimeout)
}
