package lacp

// The Selection Logic, 6.4.14, with the default operation of 6.4.14.2. Each port has
// an aggregator, and each link is on the aggregator of its LAG.

// nextSelection returns the aggregator that the port selects now and why; nil and
// causeNone if the port selects none.
func (s *System) nextSelection(p *port) (*aggregator, cause) {
	if p.selected != Unselected || p.mux != MuxDetached || !s.selectable(p) {
		return nil, causeNone
	}
	individual := p.individual()
	if !individual {
		lag := p.lagID()
		for _, a := range s.aggregators {
			if len(a.ports) > 0 && a.lag == lag && !a.connects(p) {
				return a, causeAggregatorOfLAG
			}
		}
	}
	own := s.aggregatorOf(p)
	if s.cfg.Aggregators > 0 && s.aggregatorsInUse() >= s.cfg.Aggregators {
		return nil, causeNone
	}
	if individual && len(own.ports) == 0 {
		return own, causeOwnAggregator
	}
	var free *aggregator
	for _, a := range s.aggregators {
		if len(a.ports) > 0 || a.owner == nil {
			continue
		}
		if a.owner.actor.Key == p.actor.Key {
			return a, causeFirstFreeAggregator
		}
		if free == nil {
			free = a
		}
	}
	// An aggregator has the key of the ports it carries, so one whose owner has another
	// key will do. There are as many aggregators as ports: one is free if its owner's
	// LAG took ours.
	if free != nil {
		return free, causeFreeAggregator
	}
	return nil, causeNone
}

// selectable reports whether the port's link may be on an aggregator.
func (s *System) selectable(p *port) bool {
	switch {
	case !p.portEnabled || p.receive == ReceiveInitialize || p.receive == ReceivePortDisabled:
		return false
	case p.defaulted():
		return !s.cfg.RequirePartner || p.fallback
	}
	return validSystem(p.partner.System)
}

// validSystem reports whether the identifier is valid. A partner with a group address
// or a zero address does not form a LAG.
func validSystem(id SystemID) bool { return id.MAC != MAC{} && !id.MAC.IsGroup() }

// stepSelection lets an UNSELECTED port select an aggregator and reports whether it did.
func (s *System) stepSelection(p *port) bool {
	a, why := s.nextSelection(p)
	if a == nil {
		return false
	}
	a.join(p)
	p.counters.ActorChanges++
	p.setSelected(s, Selected, why)
	s.touchWaiting(a)
	return true
}

// unselect sets Selected to UNSELECTED.
func (p *port) unselect(s *System, why cause) { p.setSelected(s, Unselected, why) }

func (p *port) setSelected(s *System, to Selection, why cause) {
	if to == p.selected {
		return
	}
	from := p.selected
	p.selected, p.since.selected = to, s.now
	trace(s, p, MachineSelection, from, to, why)
}

// release removes a detached port from its aggregator.
func (s *System) release(p *port) {
	if a := p.aggregator; a != nil {
		a.leave(p)
		s.touchWaiting(a)
		s.dropOrphan(a)
		if s.cfg.Aggregators > 0 && len(a.ports) == 0 {
			s.touchUnselected()
		}
	}
}

// aggregatorsInUse returns how many aggregators have ports that selected them.
func (s *System) aggregatorsInUse() int {
	n := 0
	for _, a := range s.aggregators {
		if len(a.ports) > 0 {
			n++
		}
	}
	return n
}

// touchUnselected touches the ports that found no aggregator.
func (s *System) touchUnselected() {
	for _, p := range s.ports {
		if p.selected == Unselected {
			s.touch(p)
		}
	}
}
