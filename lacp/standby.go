package lacp

import "slices"

// The choice of the ports of an aggregator that are SELECTED or STANDBY (6.7.1).

func (s *System) standingOf(p *port) standing {
	switch {
	case p.whyBarred() != causeNone:
		return barred
	case !p.portEnabled || p.receive == ReceiveExpired:
		return absent
	case p.restoreTimer.running():
		return restoring
	case s.cfg.NonRevertive && p.attached && p.decides():
		return incumbent
	case !p.decides() && (p.partner.State.Has(StateSynchronization) || p.followTimer.running()):
		return incumbent
	}
	return restored
}

// decides reports whether our System decides, which is the one with the lower
// identifier. The other follows: it uses the partner's port identifiers, and the ports
// that the partner has attached, since the partner may have reasons of its own.
func (p *port) decides() bool {
	return p.defaulted() || p.partner.System.Compare(p.actor.System) >= 0
}

// whyBarred returns why the port is held in STANDBY whatever the limit is; causeNone if
// it is not held.
func (p *port) whyBarred() cause {
	switch {
	case p.drain == DrainLeaving || p.drain == DrainDone:
		return causeDrained
	case p.reuseTimer.running():
		return causeDampened
	}
	if g := p.gates.lowest(); g != nil && (g.level == GateSynchronization || p.cfg.CoupledControl) {
		return causeGate
	}
	return causeNone
}

// waitsAtGate reports whether the port is STANDBY only until a gate opens. It has waited for
// other ports before, so it does not wait for them again.
func (p *port) waitsAtGate() bool { return p.selected == Standby && p.whyBarred() == causeGate }

// stepStandby makes the ports of p's aggregator SELECTED or STANDBY, and reports
// whether any changed. The System with the lower identifier decides, by its port
// identifiers, so that both ends make the same choice.
func (s *System) stepStandby(p *port) bool {
	a := p.aggregator
	if a == nil {
		return false
	}
	if !s.cfg.ranks() {
		return s.stand(p, p.whyBarred())
	}
	if !a.unranked {
		return false
	}
	a.unranked = false
	rows := s.ranking[:0]
	for _, q := range a.ports {
		rows = append(rows, ranked{s.standingOf(q), q.deciding(), q})
	}
	rows = s.appendForeign(rows, a)
	s.ranking = rows[:0]
	slices.SortStableFunc(rows, func(x, y ranked) int { return x.compare(&y) })
	limit := s.cfg.MaxLinks
	if limit == 0 {
		limit = len(rows)
	}
	others := slices.ContainsFunc(rows, func(r ranked) bool { return r.standing <= restored })
	moved := false
	for i := range rows {
		q, why := rows[i].port, causeNone
		if q == nil {
			limit = max(limit-1, 0)
			continue
		}
		switch st := rows[i].standing; {
		case st == barred:
			why = q.whyBarred()
		case st == restoring && others:
			why = causeWaitToRestore
		case limit == 0:
			why = causeBeyondLimit
		default:
			limit--
		}
		if s.stand(q, why) {
			s.touch(q)
			moved = true
		}
	}
	clear(rows)
	return moved
}

// stand makes a port that has an aggregator STANDBY if a cause is given, otherwise
// SELECTED, and reports whether that is a change.
func (s *System) stand(p *port, standby cause) bool {
	to, why := Selected, causeWithinLimit
	if standby != causeNone {
		to, why = Standby, standby
	}
	if p.selected == Unselected || p.selected == to {
		return false
	}
	p.setSelected(s, to, why)
	s.touchWaiting(p.aggregator) // Ready may have changed
	return true
}

// noteFlap counts a flap of the port and dampens it.
func (s *System) noteFlap(p *port) {
	p.counters.Flaps++
	p.flap(&s.cfg.Dampening, s.now, &p.reuseTimer)
	if p.reuseTimer.running() {
		p.aggregator.rerank()
	}
}

// startRestore starts wait-to-restore on a port that has carried data before.
func (s *System) startRestore(p *port) {
	if s.cfg.WaitToRestore > 0 && p.wasUsed {
		p.restoreTimer.start(s.now, s.cfg.WaitToRestore)
		p.aggregator.rerank()
	}
}

// followTime is how long a port that has just attached keeps its place if the
// partner, which decides, has not attached it yet. The partner's LACPDUs for several
// ports arrive one after the other, and the first does not yet show its choice. A port
// that gave up its place would have to wait again when the partner chooses it.
const followTime = FastPeriodicTime

// stepStanding ends dampening, wait-to-restore and followTime when their timers
// expire. It reports whether any ended.
func (s *System) stepStanding(p *port) (moved bool) {
	for _, t := range [...]*timer{&p.reuseTimer, &p.restoreTimer, &p.followTimer} {
		if t.expired(s.now) {
			t.stop()
			p.aggregator.rerank()
			moved = true
		}
	}
	return moved
}

// deciding returns the identifier that ranks the port: its own if our System has the
// lower identifier, otherwise the partner's.
func (p *port) deciding() PortID {
	if p.decides() {
		return p.actor.Port
	}
	return p.partner.Port
}

// appendForeign appends the rows of the foreign ports of an aggregator.
func (s *System) appendForeign(rows []ranked, a *aggregator) []ranked {
	for i := range s.foreign {
		f := &s.foreign[i]
		if !f.Usable || !f.isOn(a) {
			continue
		}
		row := ranked{standing: restored, id: f.Port}
		decides := f.Partner.System.Compare(s.cfg.System) >= 0
		if !decides {
			row.id = f.Partner.Port
		}
		if f.Attached && (s.cfg.NonRevertive || !decides) {
			row.standing = incumbent
		}
		rows = append(rows, row)
	}
	return rows
}
