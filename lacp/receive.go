package lacp

// The Receive machine, 6.4.12, Figure 6-18 of 802.1AX-2014. It sets NTT on entering
// EXPIRED, as in Corrigendum 1.

// nextReceive returns the next state of the machine and the guard that is true;
// causeNone if the machine stays in its state.
func (p *port) nextReceive(now instant) (ReceiveState, cause) {
	switch {
	case p.begin:
		return ReceiveInitialize, causeBegin
	case !p.portEnabled && !p.portMoved && p.receive != ReceivePortDisabled && p.receive != ReceiveInitialize:
		return ReceivePortDisabled, causePortDisabledNotMoved
	}
	switch p.receive {
	case ReceiveInitialize:
		return ReceivePortDisabled, causeUCT
	case ReceivePortDisabled:
		switch {
		case p.portMoved:
			return ReceiveInitialize, causePortMoved
		case p.portEnabled && p.lacpEnabled:
			return ReceiveExpired, causePortEnabledWithLACP
		case p.portEnabled:
			return ReceiveLACPDisabled, causePortEnabledWithoutLACP
		}
	case ReceiveLACPDisabled:
		if p.lacpEnabled {
			return ReceivePortDisabled, causeLACPEnabled
		}
	// The figure has no arrow for disabling LACP in one of the states below. We treat
	// that as if the port had been disabled for a moment.
	case ReceiveExpired:
		switch {
		case !p.lacpEnabled:
			return ReceivePortDisabled, causeLACPDisabled
		case p.received != nil:
			return ReceiveCurrent, causeReceived
		case p.currentWhile.expired(now):
			return ReceiveDefaulted, causeCurrentWhileExpired
		}
	case ReceiveDefaulted:
		switch {
		case !p.lacpEnabled:
			return ReceivePortDisabled, causeLACPDisabled
		case p.received != nil:
			return ReceiveCurrent, causeReceived
		}
	case ReceiveCurrent:
		switch {
		case !p.lacpEnabled:
			return ReceivePortDisabled, causeLACPDisabled
		case p.received != nil:
			return ReceiveCurrent, causeReceived
		case p.currentWhile.expired(now):
			return ReceiveExpired, causeCurrentWhileExpired
		}
	}
	return p.receive, causeNone
}

// stepReceive lets the machine take one step and reports whether it took one.
func (s *System) stepReceive(p *port) bool {
	to, why := p.nextReceive(s.now)
	if why == causeNone {
		return false
	}
	if from := p.receive; to != from {
		p.receive, p.since.receive = to, s.now
		p.leadSpent = 0
		p.aggregator.rerank()
		if from == ReceiveCurrent && to == ReceiveExpired {
			p.counters.Timeouts++
		}
		s.receiveChanged(p, from, to)
		s.trackPartner(p)
		trace(s, p, MachineReceive, from, to, why)
	}
	switch to {
	case ReceiveInitialize:
		p.unselect(s, causeReceiveInitialize)
		p.recordDefault(s.now)
		p.setActorState(StateExpired, false)
		p.portMoved = false
		p.begin = false
	case ReceivePortDisabled:
		p.setPartnerSync(s.now, false)
	case ReceiveExpired:
		p.setPartnerSync(s.now, false)
		p.partner.State |= StateTimeout
		p.currentWhile.start(s.now, ShortTimeoutTime)
		p.setActorState(StateExpired, true)
		p.ntt = true
		p.counters.Expired++
	case ReceiveLACPDisabled:
		p.unselect(s, causeReceiveLACPDisabled)
		p.recordDefault(s.now)
		p.partner.State = p.partner.State.with(StateAggregation, false)
		p.setActorState(StateExpired, false)
	case ReceiveDefaulted:
		p.updateDefaultSelected(s)
		if s.cfg.RequirePartner {
			p.unselect(s, causeNoPartner)
		}
		p.recordDefault(s.now)
		p.setActorState(StateExpired, false)
		p.counters.Defaulted++
	case ReceiveCurrent:
		pdu := p.received
		p.received = nil
		p.updateSelected(s, pdu)
		p.updateNTT(pdu)
		p.recordPDU(s, pdu)
		p.currentWhile.start(s.now, p.timeout())
		p.setActorState(StateExpired, false)
	}
	return true
}

// receiveChanged does what the options require when the machine changes its state.
func (s *System) receiveChanged(p *port, from, to ReceiveState) {
	switch {
	case to == ReceiveExpired && from == ReceiveCurrent && s.cfg.WithdrawOnExpired:
		p.withdrawn = true
		p.setActorState(StateSynchronization, false)
	case p.withdrawn: // the machine was in EXPIRED
		p.withdrawn = false
		if p.attached {
			p.setActorState(StateSynchronization, true)
			p.ntt = true
		}
	}
	if to == ReceiveCurrent {
		s.startRestore(p)
	} else {
		p.stale, p.oneWay = false, false
	}
	if s.cfg.Fallback != FallbackNone {
		p.fallbackTimer.stop()
		p.fallbackDue = false
		if to == ReceiveDefaulted {
			s.startFallback(p)
		}
		s.touchAll()
	}
}

// reenterDefault applies a change of Partner_Admin in the states that use its values,
// like changePartnerAdmin of the 2020 edition. In EXPIRED and PORT_DISABLED the next
// DEFAULTED applies it.
func (s *System) reenterDefault(p *port) {
	switch p.receive {
	case ReceiveDefaulted:
		p.updateDefaultSelected(s)
		p.recordDefault(s.now)
	case ReceiveLACPDisabled:
		p.unselect(s, causeReceiveLACPDisabled)
		p.recordDefault(s.now)
		p.partner.State = p.partner.State.with(StateAggregation, false)
	}
}

// refresh handles a LACPDU without news, as nearly all are. The re-entry of CURRENT
// then only restarts current_while. No variable that a guard reads changes and no
// timer of the port is due, so a System that has settled stays settled and need not
// evaluate its guards. Otherwise refresh does nothing and returns false.
func (s *System) refresh(p *port, pdu *PDU) bool {
	expires := s.now + instant(p.timeout())
	said := pdu.Actor
	said.State = said.State.with(StateSynchronization, p.partner.State.Has(StateSynchronization))
	if p.receive != ReceiveCurrent || !p.lacpEnabled || p.stale ||
		said != p.partner || p.inSync(s, pdu) != said.State.Has(StateSynchronization) || p.needsNTT(pdu) ||
		p.place < 0 || s.deadlines[p.place].at <= s.now || s.deadlines[p.place].at > expires {
		return false
	}
	p.partnerEchoed = pdu.Partner
	p.currentWhile = timer(expires)
	return true
}
