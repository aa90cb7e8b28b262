package lacp

// The Periodic Transmission machine, 6.4.13, Figure 6-19.

// nextPeriodic returns the next state of the machine and the guard that is true. The
// guard is empty if the machine stays in its state.
func (p *port) nextPeriodic(now instant) (PeriodicState, string) {
	passive := !p.actor.State.Has(StateActivity) && !p.partner.State.Has(StateActivity)
	if !p.portEnabled || !p.lacpEnabled || passive {
		switch {
		case p.periodic == NoPeriodic:
			return NoPeriodic, ""
		case !p.portEnabled:
			return NoPeriodic, "port_enabled = FALSE"
		case !p.lacpEnabled:
			return NoPeriodic, "LACP_Enabled = FALSE"
		}
		return NoPeriodic, "both ends are Passive"
	}
	short := p.partner.State.Has(StateTimeout)
	switch p.periodic {
	case NoPeriodic:
		return FastPeriodic, "UCT"
	case FastPeriodic:
		switch {
		case p.periodicTimer.expired(now):
			return PeriodicTx, "periodic_timer expired"
		case !short:
			return SlowPeriodic, "Partner_Oper_Port_State.LACP_Timeout = Long Timeout"
		}
	case SlowPeriodic:
		switch {
		case p.periodicTimer.expired(now):
			return PeriodicTx, "periodic_timer expired"
		case short:
			return PeriodicTx, "Partner_Oper_Port_State.LACP_Timeout = Short Timeout"
		}
	case PeriodicTx:
		if short {
			return FastPeriodic, "Partner_Oper_Port_State.LACP_Timeout = Short Timeout"
		}
		return SlowPeriodic, "Partner_Oper_Port_State.LACP_Timeout = Long Timeout"
	}
	return p.periodic, ""
}

// stepPeriodic lets the machine take one step and reports whether it took one.
func (s *System) stepPeriodic(p *port) bool {
	to, why := p.nextPeriodic(s.now)
	if why == "" {
		return false
	}
	old := p.periodic
	p.periodic = to
	trace(s, p, MachinePeriodic, old, to, why)
	switch to {
	case NoPeriodic:
		p.periodicTimer.stop()
	case FastPeriodic:
		if old == NoPeriodic {
			p.ntt = true // a Passive port answers the first LACPDU even without news
		}
		p.repeatFirst = s.cfg.RepeatFirst && old == NoPeriodic && !p.heard
		from := p.periodicTimer.from(s.now)
		p.periodicTimer.start(from, s.fastPeriod(p, from))
	case SlowPeriodic:
		p.repeatFirst = false
		p.periodicTimer.start(p.periodicTimer.from(s.now), SlowPeriodicTime)
	case PeriodicTx:
		if !p.repeatFirst || !p.heard {
			p.ntt = true
		}
	}
	return true
}
