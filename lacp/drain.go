package lacp

import "time"

// Draining a port: taking it out of use without the loss of a frame.

// How long a drain waits for what may never come.
const (
	flushTimeout = 1 * time.Second // for Flushed
	leaveTimeout = 3 * time.Second // for the partner to stop distributing

	// What the partner had sent before it said that it has stopped may be read
	// after that, as its LACPDU takes another way through this end.
	collectTime = 100 * time.Millisecond
)

// DrainState is how far the draining of a port has come.
type DrainState uint8

// The states of a drain.
const (
	DrainNone     DrainState = iota
	DrainFlushing            // it no longer distributes, what was sent is under way
	DrainLeaving             // Synchronization is clear, the partner may still send
	DrainDone                // nothing is sent either way
)

var drainNames = [...]string{"none", "flushing", "leaving", "drained"}

// String returns "none", "flushing", "leaving" or "drained".
func (d DrainState) String() string { return name(drainNames[:], int(d)) }

// Drain takes a port out of use in steps that lose nothing: it stops
// distributing; [ActionFlush] asks that what it has sent be flushed, with a
// marker, and [System.Flushed] be called; it tells the partner that it is out of
// sync and goes on collecting until the partner has stopped; [ActionDrained] says
// that it is done. An answer that does not come is not waited for more than 1 s
// for the flush and 3 s for the partner. The port then stays a standby link until
// [System.Undrain]. The error is [ErrNoPort].
func (s *System) Drain(now time.Time, n PortNumber) error {
	return s.change(now, n, func(p *port) {
		switch {
		case p.drain != DrainNone:
			return
		case p.distributing:
			p.setDrain(s, DrainFlushing, flushTimeout)
		default:
			p.leave(s)
		}
		p.drainSince = s.now
	})
}

// Flushed says that all frames the port had sent when [ActionFlush] came have
// arrived, as the partner's answer to a marker shows. The error is [ErrNoPort].
func (s *System) Flushed(now time.Time, n PortNumber) error {
	return s.change(now, n, func(p *port) {
		if p.drain == DrainFlushing {
			p.leave(s)
		}
	})
}

// Undrain has a port used again. The error is [ErrNoPort].
func (s *System) Undrain(now time.Time, n PortNumber) error {
	return s.change(now, n, func(p *port) {
		p.setDrain(s, DrainNone, 0)
		p.lingering = 0
	})
}

func (p *port) setDrain(s *System, to DrainState, wait time.Duration) {
	p.drain, p.drainTold = to, false
	p.drainTimer.stop()
	if wait > 0 {
		p.drainTimer.start(s.now, wait)
	}
	p.aggregator.rerank()
}

// leave gives up the aggregator. The data path goes on collecting.
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

// emitDrain asks for the flush, or says that the drain is done, once.
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
