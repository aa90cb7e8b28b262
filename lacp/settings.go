package lacp

import (
	"slices"
	"strconv"
	"time"
)

// Changes of the configuration while the System runs.

// SetPort changes the administrative state of port c.Number. Changes take effect at
// once. With a new key or Aggregation the port leaves its aggregator and selects one
// again. Activity, timeout and priority are only announced to the partner. A longer
// timeout applies at once, a shorter one from the partner's next LACPDU. The error is
// [ErrNoPort] or a [*FieldError].
func (s *System) SetPort(now time.Time, c PortConfig) error {
	if err := c.check(); err != nil {
		return err
	}
	p := s.byNumber.get(c.Number)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	old := p.cfg
	p.cfg = c
	admin := StateActivity | StateTimeout | StateAggregation
	p.actor.State = p.actor.State&^admin | c.adminState()
	p.actor.Port.Priority = c.Priority
	p.lacpEnabled = p.wantsLACP()
	if c != old {
		p.ntt = true
	}
	switch key := p.operKey(); {
	case key != p.actor.Key:
		p.actor.Key = key
		p.unselect(s, causeKeyChanged)
	case c.Individual != old.Individual:
		p.unselect(s, causeAggregationChanged)
	case c.Priority != old.Priority && p.individual():
		p.unselect(s, causePortIDChanged)
	case c.CoupledControl != old.CoupledControl:
		p.unselect(s, causeMuxControlChanged)
	}
	if c.PartnerAdmin != old.PartnerAdmin {
		s.reenterDefault(p)
	}
	p.timeoutChanged(s.now, &old)
	p.aggregator.rerank()
	s.touch(p)
	s.settle()
	return nil
}

// SetSystem changes the System's identifier. All ports leave their aggregators and
// select again. The error is a [*FieldError].
func (s *System) SetSystem(now time.Time, id SystemID) error {
	cfg := s.cfg
	cfg.System = id
	if err := cfg.check(); err != nil {
		return err
	}
	s.setNow(now)
	s.setSystem(cfg.System)
	return nil
}

// setSystem changes the System's identifier to a valid one.
func (s *System) setSystem(id SystemID) {
	if id == s.cfg.System {
		return
	}
	s.cfg.System = id
	for _, p := range s.ports {
		p.actor.System = id
		p.ntt = true
		p.unselect(s, causeSystemChanged)
		s.touch(p)
	}
	// All ports leave before any selects again, so that a LAG keeps its aggregator.
	for _, p := range s.ports {
		for p.mux != MuxDetached && s.stepMux(p) {
		}
	}
	s.settle()
}

// SetConfig changes the System's options while it runs. Unchanged options have no
// effect. A changed System acts like [System.SetSystem]. Timers that are running keep
// their times, but a changed fallback begins again, and so does the wait for it if its
// timeout changes. The error is a [*FieldError].
func (s *System) SetConfig(now time.Time, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	s.setNow(now)
	s.setSystem(c.System)
	old := s.cfg
	s.cfg = c
	for _, a := range s.aggregators {
		a.unranked, a.recount = true, true
	}
	for _, p := range s.ports {
		if c.CollectorMaxDelay != old.CollectorMaxDelay || c.Destination != old.Destination {
			p.ntt = true
		}
		if c.Dampening.HalfLife == 0 {
			p.penalty = 0
			p.reuseTimer.stop()
		}
		if c.WaitToRestore == 0 {
			p.restoreTimer.stop()
		}
		if c.RequirePartner && !old.RequirePartner && p.defaulted() {
			p.unselect(s, causeNoPartner)
		}
		if c.Fallback != old.Fallback || c.FallbackTimeout != old.FallbackTimeout && !p.fallbackDue {
			s.resetFallback(p)
		}
		s.touch(p)
	}
	s.settle()
	return nil
}

// SetForeign replaces the ports of other Systems with our identifier that the System takes into
// account. They count for MaxLinks, MinLinks and Fallback as if they were ours, but this System never changes
// them. The choice agrees with theirs once both know the same. The error is a [*FieldError].
func (s *System) SetForeign(now time.Time, ports []Foreign) error {
	if len(ports) > maxForeign {
		return &FieldError{"ports", strconv.Itoa(len(ports)), "at most " + strconv.Itoa(maxForeign)}
	}
	seen := make(map[PortNumber]bool, len(ports))
	for i := range ports {
		n := ports[i].Port.Number
		if n == 0 || seen[n] || s.byNumber.get(n) != nil {
			return &FieldError{"Port.Number", strconv.Itoa(int(n)), "a number that no other port has, and not 0"}
		}
		seen[n] = true
	}
	s.setNow(now)
	if !slices.Equal(ports, s.foreign) {
		s.foreign = slices.Clone(ports)
		for _, a := range s.aggregators {
			a.unranked, a.recount = true, true
		}
		s.touchAll()
	}
	s.settle()
	return nil
}
