package lacp

// The Periodic Transmission machine, 6.4.13, Figure 6-19.

// nextPeriodic returns the next state of the machine and the guard that is true;
// causeNone if the machine stays in its state.
func (p *port) nextPeriodic(now instant) (PeriodicState, cause) {
	passive := !p.actor.State.Has(StateActivity) && !p.partner.State.Has(StateActivity)
	if !p.portEnabled || !p.lacpEnabled || passive {
		switch {
		case p.periodic == PeriodicNone:
			return PeriodicNone, causeNone
		case !p.portEnabled:
			return PeriodicNone, causePortDisabled
		case !p.lacpEnabled:
			return PeriodicNone, causeLACPDisabled
		}
		return PeriodicNone, causeBothPassive
	}
	short := p.partner.State.Has(StateTimeout)
	switch p.periodic {
	case PeriodicNone:
		return FastPeriodic, causeUCT
	case FastPeriodic:
		switch {
		case p.periodicTimer.expired(now):
			return PeriodicTx, causePeriodicExpired
		case !short:
			return SlowPeriodic, causePartnerLongTimeout
		}
	case SlowPeriodic:
		switch {
		case p.periodicTimer.expired(now):
			return PeriodicTx, causePeriodicExpired
		case short:
			return PeriodicTx, causePartnerShortTimeout
		}
	case PeriodicTx:
		if short {
			return FastPeriodic, causePartnerShortTimeout
		}
		return SlowPeriodic, causePartnerLongTimeout
	}
	return p.periodic, causeNone
}

// stepPeriodic lets the machine take one step and reports whether it took one.
func (s *System) stepPeriodic(p *port) bool {
	to, why := p.nextPeriodic(s.now)
	if why == causeNone {
		return false
	}
	old := p.periodic
	p.periodic = to
	trace(s, p, MachinePeriodic, old, to, why)
	switch to {
	case PeriodicNone:
		p.periodicTimer.stop()
	case FastPeriodic:
		if old == PeriodicNone {
			p.ntt = true // a Passive port answers the first LACPDU even without news
		}
		p.retryFirst = s.cfg.RetryFirstLACPDU && old == PeriodicNone && !p.heard
		from := p.periodicTimer.from(s.now)
		p.periodicTimer.start(from, s.fastPeriod(p, from))
	case SlowPeriodic:
		p.retryFirst = false
		p.periodicTimer.start(p.periodicTimer.from(s.now), SlowPeriodicTime)
	case PeriodicTx:
		if !p.retryFirst || !p.heard {
			p.ntt = true
		}
	}
	return true
}
