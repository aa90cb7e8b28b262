package lacp

// The Mux machine, 6.4.15: Figure 6-21 for independent control of collecting
// and distributing, Figure 6-22 for coupled control.

// nextMux returns the next state of the machine and the guard that is true;
// causeNone if the machine stays in its state.
func (p *port) nextMux(now instant) (MuxState, cause) {
	sync := p.partner.State.Has(StateSynchronization)
	collecting := p.partner.State.Has(StateCollecting)
	switch p.mux {
	case MuxDetached:
		switch p.selected {
		case Selected:
			return MuxWaiting, causeSelected
		case Standby:
			return MuxWaiting, causeStandby
		}
	case MuxWaiting:
		switch {
		case p.selected == Unselected:
			return MuxDetached, causeUnselected
		case p.selected == Selected && p.readyN && p.aggregator.ready():
			return MuxAttached, causeReady
		}
	case MuxAttached:
		switch {
		case p.selected == Unselected:
			return MuxDetached, causeUnselected
		case p.selected == Standby:
			return MuxDetached, causeStandby
		case sync && p.cfg.CoupledControl:
			return MuxCollectingDistributing, causePartnerInSync
		case sync:
			return MuxCollecting, causePartnerInSync
		}
	case MuxCollecting:
		switch {
		case p.selected != Selected || !sync:
			return MuxAttached, p.whyOutOfSync()
		case collecting && !p.held():
			return MuxDistributing, causePartnerCollects
		}
	case MuxDistributing:
		switch {
		case p.selected != Selected || !sync:
			return MuxCollecting, p.whyOutOfSync()
		case !collecting:
			return MuxCollecting, causePartnerStopsCollecting
		case p.held():
			return MuxCollecting, causeHeld
		}
	case MuxCollectingDistributing:
		if p.selected != Selected || !sync {
			return MuxAttached, p.whyOutOfSync()
		}
	default:
		return MuxDetached, causeBegin
	}
	return p.mux, causeNone
}

// whyOutOfSync names the first guard that is true among those that end collecting
// and distributing.
func (p *port) whyOutOfSync() cause {
	switch p.selected {
	case Unselected:
		return causeUnselected
	case Standby:
		return causeStandby
	}
	return causePartnerOutOfSync
}

// held reports whether the port must stay out of Distributing.
func (p *port) held() bool { return p.drain != DrainNone || p.gates.lowest() != nil }

// stepMux lets the machine take one step and reports whether it took one.
func (s *System) stepMux(p *port) bool {
	if !p.readyN && p.waitWhile.expired(s.now) {
		p.readyN = true
		s.touchWaiting(p.aggregator)
	}
	to, why := p.nextMux(s.now)
	if why == causeNone {
		return false
	}
	from := p.mux
	p.mux, p.since.mux = to, s.now
	p.followTimer.stop()
	trace(s, p, MachineMux, from, to, why)
	if p.distributing && p.selected == Selected && why != causeHeld {
		s.noteFlap(p)
	}
	switch to {
	case MuxDetached:
		p.attached = false
		p.setMuxState(false, false, false)
		p.readyN = p.waitsAtGate() // it was ready, as it was attached
		p.waitWhile.stop()
		p.ntt = true
		if p.selected == Unselected {
			s.updateOper(p.aggregator)
			s.release(p)
		}
	case MuxWaiting:
		p.waitWhile.start(s.now, s.cfg.AggregateWait)
	case MuxAttached:
		p.attached = true
		p.waitWhile.stop()
		if from == MuxWaiting {
			p.counters.ActorSyncTransitions++
			if s.cfg.MaxLinks > 0 {
				p.followTimer.start(s.now, followTime)
			}
		}
		p.setMuxState(!p.withdrawn, false, false)
		p.ntt = true
		p.aggregator.rerank()
	case MuxCollecting:
		p.setMuxState(true, true, false)
		p.ntt = true
	case MuxDistributing:
		p.setMuxState(true, true, true) // the figure sets no NTT here
	case MuxCollectingDistributing:
		p.setMuxState(true, true, true)
		p.ntt = true
	}
	return true
}

// setMuxState sets Synchronization, Collecting and Distributing of
// Actor_Oper_Port_State, and the port's data path with them.
func (p *port) setMuxState(sync, collecting, distributing bool) {
	p.setActorState(StateSynchronization, sync)
	p.setActorState(StateCollecting, collecting)
	p.setActorState(StateDistributing, distributing)
	if distributing != p.distributing {
		p.aggregator.recount = true
	}
	p.collecting, p.distributing = collecting, distributing
	p.wasUsed = p.wasUsed || distributing
}

// emitMux emits an ActionMux if the wanted data path of the port changed.
func (s *System) emitMux(p *port) {
	m := Mux{Collecting: p.collecting, Distributing: p.distributing && p.drain == DrainNone}
	switch {
	case p.attached:
		m.Aggregator = p.aggregator.id
		if !p.aggregator.released {
			m.Collecting, m.Distributing = false, false
		}
	case p.lingering != 0:
		m.Aggregator, m.Collecting = p.lingering, true
	}
	if m == p.emitted {
		return
	}
	p.emitted = m
	s.actions = append(s.actions, Action{Kind: ActionMux, Port: p.cfg.Number, Mux: m})
}
