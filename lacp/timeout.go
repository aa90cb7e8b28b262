package lacp

import "time"

// timeout returns how long a LACPDU of the partner is valid. We choose it, not the
// partner.
func (p *port) timeout() time.Duration {
	return timeoutOf(p.cfg.TimeoutMultiplier, p.actor.State.Has(StateTimeout))
}

func timeoutOf(multiplier uint8, short bool) time.Duration {
	if short {
		return time.Duration(multiplier) * FastPeriodicTime
	}
	return time.Duration(multiplier) * SlowPeriodicTime
}

// timeoutChanged applies a new timeout, which the next LACPDU announces. The partner
// may slow down as soon as it receives the Long Timeout, so a longer one applies at
// once. It need not speed up before its own periodic timer expires, so a shorter one
// applies from its next LACPDU.
func (p *port) timeoutChanged(now instant, old *PortConfig) {
	if p.receive != ReceiveCurrent {
		return
	}
	longer := p.timeout() - timeoutOf(old.TimeoutMultiplier, old.ShortTimeout)
	latest := timer(now + instant(p.timeout())) // the running timer may date from before the last change
	p.currentWhile = max(p.currentWhile, min(p.currentWhile+timer(longer), latest))
}
