package lacp

// The operational state of an aggregator (aAggOperState): whether it carries
// data. Config.AdminDown and MinLinks hold it down; neither touches the protocol.

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

// updateOper finds the aggregator's operational state after a port of it began
// or ceased to distribute. On a change of what holds it down all its ports have
// their data path asked for anew.
func (s *System) updateOper(a *aggregator) {
	if a == nil || !a.recount {
		return
	}
	a.recount = false
	n := a.distributing()
	enough := s.cfg.MinLinks <= 1 || n >= s.cfg.MinLinks || a.enough && n >= s.cfg.MinLinksDown
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
