package lacp

import (
	"cmp"
	"slices"
)

// Which ports of an aggregator are SELECTED and which are STANDBY (6.7.1).

// rerank has the ports of the aggregator ranked anew; nil is none.
func (a *aggregator) rerank() {
	if a != nil {
		a.unranked = true
	}
}

// ranks reports whether what becomes of a port depends on the others.
func (s *System) ranks() bool { return s.cfg.MaxLinks > 0 || s.cfg.WaitToRestore > 0 }

// standing is the order in which ports are considered.
type standing uint8

const (
	incumbent standing = iota // attached, and to stay: by a System that is not revertive, or by the partner
	restored                  // up
	restoring                 // up again, but wait-to-restore runs
	absent                    // its link is down or its partner silent
	barred                    // held out by a gate, a drain or dampening
)

func (s *System) standingOf(p *port) standing {
	switch {
	case p.whyBarred() != "":
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

// decides reports whether our System is the one that decides: that with the lower
// identifier. The other follows, by the partner's port identifiers and by what
// the partner has attached, as it may have reasons of its own.
func (p *port) decides() bool {
	return p.defaulted() || p.partner.System.Compare(p.actor.System) >= 0
}

// whyBarred names what holds the port in STANDBY whatever the limit is; empty if nothing does.
func (p *port) whyBarred() string {
	switch {
	case p.drain == DrainLeaving || p.drain == DrainDone:
		return whyDrain
	case p.reuseTimer.running():
		return whyDampened
	}
	if g := p.lowestGate(); g != nil && (g.level == GateSynchronization || p.cfg.CoupledControl) {
		return whyGate
	}
	return ""
}

// stepStandby makes the ports of p's aggregator SELECTED or STANDBY, and reports
// whether any changed. The System with the lower identifier decides, by its port
// identifiers: both ends come to the same choice.
func (s *System) stepStandby(p *port) bool {
	a := p.aggregator
	if a == nil {
		return false
	}
	if !s.ranks() {
		return s.stand(p, p.whyBarred())
	}
	if !a.unranked {
		return false
	}
	a.unranked = false
	ports := append(s.ranking[:0], a.ports...)
	s.ranking = ports[:0]
	slices.SortStableFunc(ports, func(x, y *port) int {
		return cmp.Or(cmp.Compare(s.standingOf(x), s.standingOf(y)), x.deciding().Compare(y.deciding()))
	})
	limit := s.cfg.MaxLinks
	if limit == 0 {
		limit = len(ports)
	}
	others := slices.ContainsFunc(ports, func(q *port) bool { return s.standingOf(q) <= restored })
	moved := false
	for _, q := range ports {
		why := ""
		switch st := s.standingOf(q); {
		case st == barred:
			why = q.whyBarred()
		case st == restoring && others:
			why = whyWaitToRestore
		case limit == 0:
			why = whyLimit
		default:
			limit--
		}
		if s.stand(q, why) {
			s.touch(q)
			moved = true
		}
	}
	clear(ports)
	return moved
}

// stand makes a port that has an aggregator STANDBY if there is a reason for it,
// otherwise SELECTED, and reports whether that is new.
func (s *System) stand(p *port, standby string) bool {
	to, why := Selected, whyWithinLimit
	if standby != "" {
		to, why = Standby, standby
	}
	if p.selected == Unselected || p.selected == to {
		return false
	}
	p.setSelected(s, to, why)
	s.touchWaiting(p.aggregator) // Ready may have changed
	return true
}

// startRestore starts wait-to-restore on a port that has carried data before.
func (s *System) startRestore(p *port) {
	if s.cfg.WaitToRestore > 0 && p.wasUsed {
		p.restoreTimer.start(s.now, s.cfg.WaitToRestore)
		p.aggregator.rerank()
	}
}

// followTime is how long a port that has just attached keeps its place if the
// partner, which decides, has not attached it yet. The partner's LACPDUs of several
// ports come one after the other: the first is not yet its choice, and the port
// would have to wait anew once it is.
const followTime = FastPeriodicTime

// stepStanding ends what has kept a port from its place, or in it, for a time:
// dampening, wait-to-restore and followTime. It reports whether anything ended.
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

// deciding is the identifier by which the port is ranked: its own if our System
// has the lower identifier, otherwise the partner's.
func (p *port) deciding() PortID {
	if p.decides() {
		return p.actor.Port
	}
	return p.partner.Port
}
