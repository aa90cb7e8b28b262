package lacp

import "fmt"

// Unsettled evaluates every guard of every port. It returns one that is true although
// the System has settled; empty if all are false.
func (s *System) Unsettled() string {
	for _, p := range s.ports {
		found := func(m Machine, why any) string { return fmt.Sprintf("port %d %v: %v", p.cfg.Number, m, why) }
		if _, why := p.nextReceive(s.now); why != causeNone && !s.due(p) {
			return found(MachineReceive, why)
		}
		if _, why := p.nextPeriodic(s.now); why != causeNone && !s.due(p) {
			return found(MachinePeriodic, why)
		}
		if _, why := s.nextSelection(p); why != causeNone {
			return found(MachineSelection, why)
		}
		if _, why := p.nextMux(s.now); why != causeNone && !s.due(p) {
			return found(MachineMux, why)
		}
		sync := p.actor.State.Has(StateSynchronization)
		if _, why := nextChurn(p.actorChurn, p.portEnabled, sync, p.actorChurnTimer, s.now); why != causeNone && !s.due(p) {
			return found(MachineActorChurn, why)
		}
		sync = p.partner.State.Has(StateSynchronization)
		if _, why := nextChurn(p.partnerChurn, p.portEnabled, sync, p.partnerChurnTimer, s.now); why != causeNone && !s.due(p) {
			return found(MachinePartnerChurn, why)
		}
		switch at := p.deadline(); {
		case at == never && p.place >= 0 && s.deadlines[p.place].at <= s.now && !s.due(p):
			return found(MachinePeriodic, "has an appointment that is over")
		case at != never && (p.place < 0 || s.deadlines[p.place].at > at):
			return found(MachinePeriodic, "its appointment is missing or too late")
		}
		if p.queued || p.dirty || p.received != nil {
			return found(MachineReceive, "left on a work list")
		}
	}
	return ""
}

// due reports whether Advance has yet to handle one of the port's timers. An input of
// another port may come first at the same instant.
func (s *System) due(p *port) bool { return p.deadline() <= s.now }
