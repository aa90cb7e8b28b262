package lacp

// The functions of the Receive machine, 6.4.9.

// echoBits are the bits of our own state whose echo by the partner matters.
// Collecting, Distributing, Defaulted and Expired are not compared.
const echoBits = StateActivity | StateTimeout | StateSynchronization | StateAggregation

// sameLink reports whether a and b are the same end of a link: System, key, port
// and Aggregation.
func sameLink(a, b *Info) bool {
	return a.System == b.System && a.Key == b.Key && a.Port == b.Port && (a.State^b.State)&StateAggregation == 0
}

// updateSelected is update_Selected. It unselects the port if the partner is another
// one, or has changed a part of its LAG ID.
func (p *port) updateSelected(s *System, pdu *PDU) {
	if !sameLink(&pdu.Actor, &p.partner) {
		p.unselect(s, causePartnerChanged)
		p.counters.PartnerChanges++
	}
}

// updateDefaultSelected is update_Default_Selected.
func (p *port) updateDefaultSelected(s *System) {
	if !sameLink(&p.cfg.PartnerAdmin, &p.partner) {
		p.unselect(s, causePartnerAdminDiffers)
		p.counters.PartnerChanges++
	}
}

// updateNTT is update_NTT. It requests a LACPDU if the partner's view of us is out of
// date.
func (p *port) updateNTT(pdu *PDU) {
	if p.needsNTT(pdu) {
		p.ntt = true
	}
}

func (p *port) needsNTT(pdu *PDU) bool {
	return !sameLink(&pdu.Partner, &p.actor) || (pdu.Partner.State^p.actor.State)&echoBits != 0
}

// recordPDU is recordPDU. The partner's own values become Partner_Oper. Its
// Synchronization is accepted only if it refers to the link to us and LACP will go on
// running.
func (p *port) recordPDU(s *System, pdu *PDU) {
	wasInSync := p.partner.State & StateSynchronization
	p.partner = pdu.Actor
	p.partner.State = p.partner.State&^StateSynchronization | wasInSync
	p.partnerEchoed = pdu.Partner
	p.setActorState(StateDefaulted, false)
	p.setPartnerSync(s.now, p.inSync(s, pdu))
	s.planRepeat(p)
	p.watchEcho(s, pdu)
}

// watchEcho detects a link that works in one direction only: we hear the partner, but
// for longer than an exchange takes its LACPDUs show that it does not hear us.
func (p *port) watchEcho(s *System, pdu *PDU) {
	stale := pdu.Actor.State&(StateDefaulted|StateExpired) != 0 ||
		pdu.Actor.State.Has(StateAggregation) && !sameLink(&pdu.Partner, &p.actor)
	switch {
	case !stale:
		p.oneWay = false
	case !p.stale:
		p.staleSince = s.now
	case !p.oneWay && s.now-p.staleSince >= instant(ShortTimeoutTime):
		p.oneWay = true
		p.counters.OneWay++
	}
	p.stale = stale
}

// inSync reports whether recordPDU sets Partner_Oper_Port_State.Synchronization.
func (p *port) inSync(s *System, pdu *PDU) bool {
	// While the link comes up, a partner is Expired until it has heard us once, and
	// collects only then. A partner that becomes Expired on a link in use has stopped
	// hearing us. A partner that claims to collect from a port it shows out of sync
	// has not heard us yet.
	claims := pdu.Actor.State.Has(StateCollecting) && !pdu.Partner.State.Has(StateSynchronization)
	p.deaf = s.cfg.TreatExpiredAsOutOfSync && pdu.Actor.State.Has(StateExpired) && (p.deaf || p.collecting || claims)
	if p.deaf {
		return false
	}
	matched := sameLink(&pdu.Partner, &p.actor) || !pdu.Actor.State.Has(StateAggregation)
	running := pdu.Actor.State.Has(StateActivity) ||
		p.actor.State.Has(StateActivity) && pdu.Partner.State.Has(StateActivity)
	return matched && running && pdu.Actor.State.Has(StateSynchronization)
}

// recordDefault is recordDefault. Synchronization comes from Partner_Admin, as in the
// 2020 edition. Its default is TRUE, as earlier editions require.
func (p *port) recordDefault(now instant) {
	wasInSync := p.partner.State & StateSynchronization
	p.partner = p.cfg.PartnerAdmin
	p.partner.State = p.partner.State&^StateSynchronization | wasInSync
	p.partnerEchoed = Info{}
	p.setActorState(StateDefaulted, true)
	p.setPartnerSync(now, p.cfg.PartnerAdmin.State.Has(StateSynchronization))
}

// trackPartner updates the list of ports that are down and still hold a partner.
func (s *System) trackPartner(p *port) {
	holds := p.receive == ReceivePortDisabled && !p.defaulted()
	for i, q := range s.down {
		if q == p {
			if !holds {
				s.down = append(s.down[:i], s.down[i+1:]...)
			}
			return
		}
	}
	if holds {
		s.down = append(s.down, p)
	}
}

// findMoved sets port_moved on a disabled port whose partner has just been heard on
// another port, as after moving the cable.
func (s *System) findMoved(pdu *PDU) {
	for _, q := range s.down {
		if q.partner.System == pdu.Actor.System && q.partner.Port == pdu.Actor.Port {
			q.portMoved = true
			s.touch(q)
		}
	}
}
