package lacp

// The operational state of an aggregator (aAggOperState) is whether it carries data.
// Config.AdminDown and MinLinks hold it down. Neither affects the protocol.

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

// distributing returns how many ports of the aggregator distribute, foreign ones included.
func (s *System) distributing(a *aggregator) int {
	n := a.distributing()
	for i := range s.foreign {
		if f := &s.foreign[i]; f.Distributing && f.isOn(a) {
			n++
		}
	}
	return n
}

// updateOper updates the aggregator's operational state after one of its ports began
// or ceased to distribute. If AdminDown or MinLinks begins or ceases to hold the
// aggregator down, the data paths of all its ports are emitted again.
func (s *System) updateOper(a *aggregator) {
	if a == nil || !a.recount {
		return
	}
	a.recount = false
	n, all := a.distributing(), s.distributing(a)
	enough := s.cfg.MinLinks <= 1 || all >= s.cfg.MinLinks || a.enough && all >= s.cfg.MinLinksDown
	released := enough && !s.cfg.AdminDown
	if released != a.released {
		for _, p := range a.ports {
			if !p.dirty {
				p.dirty = true
				s.dirty = append(s.dirty, p)
			}
		}
	}
	a.enough, a.released = enough, released
	if up := released && n > 0; up != a.up {
		a.up = up
		if s.cfg.LinkNotifications {
			s.actions = append(s.actions, Action{Kind: ActionLink, Aggregator: a.id, Up: up})
		}
	}
}
