package lacp

import (
	"slices"
	"time"
)

// Save and Restore allow a restart that the partner does not notice.

// Save returns the state of the ports that are attached and in CURRENT. now is also
// the wall-clock time of the state.
func (s *System) Save(now time.Time) Saved {
	s.setNow(now)
	s.settle() // a gate may have closed
	saved := Saved{At: now.Round(0)}
	for _, p := range s.ports {
		valid := instant(p.currentWhile) - s.now
		if p.receive != ReceiveCurrent || !p.attached || p.drain != DrainNone || valid <= 0 {
			continue
		}
		saved.Ports = append(saved.Ports, SavedPort{
			Actor: p.actor, Partner: p.partner, Mux: p.mux,
			Aggregator: p.aggregator.id, Valid: time.Duration(valid),
		})
	}
	return saved
}

// Restore lets ports continue from their saved state. Call it on a new System, before
// the links come up. A port is restored when its link is reported up, if its System,
// key, port identifier and administrative state are unchanged, and its partner would
// not have been lost by then. The port is then in CURRENT, attached and distributing
// as before, and its first LACPDU reports that. If a gate holds the port out of
// Synchronization, the port is in CURRENT and on standby, and attaches as soon as the gate
// opens. Other ports start as usual. now is wall-clock time. Restore ignores a state saved
// later than now.
//
// The process that saved the state must have stopped without [System.RemovePort],
// whose last LACPDU would end the LAG.
func (s *System) Restore(now time.Time, v Saved) {
	s.setNow(now)
	elapsed := now.Round(0).Sub(v.At)
	if elapsed < 0 {
		return
	}
	for i := range v.Ports {
		if p := &v.Ports[i]; p.restorable() {
			s.pending = append(s.pending, pending{*p, s.now + instant(p.Valid-elapsed)})
		}
	}
}

// restore restores a port whose link has come up, if its state was saved.
func (s *System) restore(p *port) {
	isP := func(q pending) bool { return q.Actor.Port.Number == p.cfg.Number }
	i := slices.IndexFunc(s.pending, isP)
	if i < 0 {
		return
	}
	saved := s.pending[i]
	s.pending = slices.DeleteFunc(s.pending, isP) // a state read from a file may name a port twice
	const admin = StateActivity | StateTimeout | StateAggregation
	at, found := s.findAggregator(saved.Aggregator)
	switch coupled := saved.Mux == MuxCollectingDistributing; {
	case saved.until <= s.now || !found || !p.lacpEnabled || p.aggregator != nil:
		return
	case !sameLink(&saved.Actor, &p.actor) || (saved.Actor.State^p.actor.State)&admin != 0:
		return
	case coupled != p.cfg.CoupledControl && saved.Mux != MuxAttached || p.whyBarred() != causeNone && p.whyBarred() != causeGate:
		return
	}
	a, before := s.aggregators[at], p.partner
	p.partner = saved.Partner
	if len(a.ports) > 0 && a.lag != p.lagID() || a.connects(p) {
		p.partner = before
		return
	}
	trace(s, p, MachineReceive, p.receive, ReceiveCurrent, causeRestored)
	p.receive, p.since.receive = ReceiveCurrent, s.now
	p.setActorState(StateDefaulted|StateExpired, false)
	p.partnerEchoed = p.actor
	p.currentWhile = timer(saved.until)
	p.heard = true
	a.join(p)
	p.ntt = true
	if p.whyBarred() == causeGate {
		p.setSelected(s, Standby, causeRestored)
		p.restoreMux(s, MuxWaiting)
		return
	}
	p.setSelected(s, Selected, causeRestored)
	p.restoreMux(s, saved.Mux)
	p.attached = true
	p.setMuxState(true, saved.Mux != MuxAttached, saved.Mux >= MuxDistributing)
}

// restoreMux puts the Mux machine into a state. The port has waited for other ports before.
func (p *port) restoreMux(s *System, to MuxState) {
	trace(s, p, MachineMux, p.mux, to, causeRestored)
	p.mux, p.since.mux = to, s.now
	p.readyN = true
}
