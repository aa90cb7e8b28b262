package lacp

// MinLinks: the operational state of an aggregator (aAggOperState).

// distributing returns how many ports of the aggregator distribute.
func (a *aggregator) distributing() int {
	n := 0
	for _, p := range a.ports {
		if p.distributing {
			n++
		}
	}
	return n
}

// updateOper sets the aggregator's operational state: up from MinLinks
// distributing ports on, down below MinLinksDown. On a change all its ports have
// their data path asked for anew.
func (s *System) updateOper(a *aggregator) {
	if a == nil || s.cfg.MinLinks == 0 {
		return
	}
	n := a.distributing()
	up := n >= s.cfg.MinLinks || a.up && n >= s.cfg.MinLinksDown
	if up == a.up {
		return
	}
	a.up = up
	for _, p := range a.ports {
		if !p.dirty {
			p.dirty = true
			s.dirty = append(s.dirty, p)
		}
	}
}

// operational reports whether the aggregator carries data.
func (s *System) operational(a *aggregator) bool { return s.cfg.MinLinks == 0 || a.up }
