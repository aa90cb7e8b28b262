package lacp

import "time"

// Draining a port takes it out of use without losing a frame. System.Drain begins it.

// The timeouts of a drain.
const (
	flushTimeout = 1 * time.Second // for Flushed
	leaveTimeout = 3 * time.Second // for the partner to stop distributing

	// collectTime is how long collecting continues after the partner reports that it
	// has stopped. Data it sent before may be read after its LACPDU, which takes
	// another path through this host.
	collectTime = 100 * time.Millisecond
)

func (p *port) setDrain(s *System, to DrainState, wait time.Duration) {
	p.drain, p.drainTold = to, false
	p.drainTimer.stop()
	if wait > 0 {
		p.drainTimer.start(s.now, wait)
	}
	p.aggregator.rerank()
}

// leave gives up the aggregator. The data path continues to collect.
func (p *port) leave(s *System) {
	if p.collecting {
		p.lingering = p.aggregator.id
	}
	p.setDrain(s, DrainLeaving, leaveTimeout)
}

// stepDrain lets a drain take one step and reports whether it took one.
func (s *System) stepDrain(p *port) bool {
	switch p.drain {
	case DrainFlushing:
		if p.portEnabled && !p.drainTimer.expired(s.now) {
			return false
		}
		p.leave(s)
		return true
	case DrainLeaving:
		if p.lingering != 0 && p.receive == ReceiveCurrent &&
			!p.drainTimer.expired(s.now) {
			if !p.partner.State.Has(StateDistributing) {
				p.drainTimer = min(p.drainTimer, timer(s.now+instant(collectTime)))
			}
			return false
		}
		p.lingering = 0
		p.setDrain(s, DrainDone, 0)
		return true
	}
	return false
}

// emitDrain emits the drain's ActionFlush or ActionDrained, each once.
func (s *System) emitDrain(p *port) {
	if p.drainTold {
		return
	}
	switch p.drain {
	case DrainFlushing:
		s.actions = append(s.actions, Action{Kind: ActionFlush, Port: p.cfg.Number})
	case DrainDone:
		s.actions = append(s.actions, Action{Kind: ActionDrained, Port: p.cfg.Number})
	default:
		return
	}
	p.drainTold = true
}
