package lacp

import "time"

// When the next guard becomes true without an input. That of a port is its deadline, and
// the System keeps the deadlines of all ports in a heap.

// timers returns all timers of the port.
func (p *port) timers() [13]*timer {
	return [...]*timer{&p.currentWhile, &p.periodicTimer, &p.waitWhile, &p.actorChurnTimer, &p.partnerChurnTimer,
		&p.drainTimer, &p.reuseTimer, &p.restoreTimer, &p.followTimer, &p.loopTimer, &p.repeatTimer, &p.fallbackTimer, &p.gateTimer}
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
	return min(at, instant(p.nextOption()))
}

// Deadline returns when Advance has to be called if no other input comes before; zero
// if no call is needed.
func (s *System) Deadline() time.Time {
	at := s.nextDue()
	if at == never {
		return time.Time{}
	}
	return s.time(at)
}

// nextDue returns the instant when the next guard becomes true without an input.
func (s *System) nextDue() instant {
	for {
		at := s.deadlines.next()
		if at == never {
			return never
		}
		p := s.deadlines[0].port
		due := p.deadline()
		if due <= at {
			return at
		}
		s.deadlines.plan(p, due)
	}
}

// appoint puts the port's next deadline on the heap. If an earlier entry is already
// there, it stays until it comes up.
func (s *System) appoint(p *port, at instant) {
	switch {
	case at == never:
		s.deadlines.cancel(p)
	case p.place < 0 || at < s.deadlines[p.place].at || s.deadlines[p.place].at <= s.now:
		s.deadlines.plan(p, at)
	}
}
