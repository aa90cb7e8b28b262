package lacp

// timers returns all timers of the port.
func (p *port) timers() [12]*timer {
	return [...]*timer{&p.currentWhile, &p.periodicTimer, &p.waitWhile, &p.actorChurnTimer, &p.partnerChurnTimer,
		&p.drainTimer, &p.reuseTimer, &p.restoreTimer, &p.followTimer, &p.loopTimer, &p.repeatTimer, &p.fallbackTimer}
}

// deadline returns the earliest instant when a guard of the port becomes true without
// an input.
func (p *port) deadline() instant {
	at := never
	earliest := func(t instant) { at = min(at, t) }
	if p.receive == ReceiveExpired || p.receive == ReceiveCurrent {
		earliest(instant(p.currentWhile))
	}
	if p.periodic == FastPeriodic || p.periodic == SlowPeriodic {
		earliest(instant(p.periodicTimer))
	}
	if p.mux == MuxWaiting && !p.readyN {
		earliest(instant(p.waitWhile))
	}
	if p.actorChurn == ChurnMonitor {
		earliest(instant(p.actorChurnTimer))
	}
	if p.partnerChurn == ChurnMonitor {
		earliest(instant(p.partnerChurnTimer))
	}
	if p.ntt {
		earliest(p.mayTransmitAt())
	}
	// These timers are stopped when they have been handled.
	for _, t := range [...]timer{p.drainTimer, p.reuseTimer, p.restoreTimer, p.followTimer, p.loopTimer, p.repeatTimer} {
		earliest(instant(t))
	}
	if p.receive == ReceiveDefaulted {
		earliest(instant(p.fallbackTimer))
	}
	return at
}
