package lacp

import (
	"strconv"
	"time"
)

// The caller holds a port out of use by gates and by a drain.

// SetGate sets a named gate of a port. A function outside LACP (BFD, MACsec, a probe)
// uses a gate to hold the port out. [GateOpen] removes the gate. Set a gate before
// the link comes up, as the link does not wait for it. The error is [ErrNoPort] or a
// [*FieldError].
func (s *System) SetGate(now time.Time, n PortNumber, name string, level Gate) error {
	return s.SetGateState(now, n, name, GateState{Level: level})
}

// SetGateState sets a named gate of a port like [System.SetGate], which may close by itself and
// give a reason of its own. The error is [ErrNoPort] or a [*FieldError].
func (s *System) SetGateState(now time.Time, n PortNumber, name string, st GateState) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	if err := p.gates.check(name, &st); err != nil {
		return err
	}
	if st.Reason != 0 && (reasonTexts[st.Reason].name == "" || st.Reason == ReasonDistributing) {
		return &FieldError{"reason", strconv.Itoa(int(st.Reason)), "the code of a reason not to distribute, or 0"}
	}
	s.setNow(now)
	next := gate{name, st.Level, s.now, never, st.Reason, st.Have, st.Want}
	if next.code == 0 {
		next.code, next.have, next.want = ReasonGateHold, name, ""
	}
	if until := instant(st.Until.Sub(s.epoch)); !st.Until.IsZero() && until > s.now {
		next.until = until
	}
	if p.gates.set(next) {
		p.aggregator.rerank()
	}
	p.gateTimer = timer(p.gates.nextClosing())
	s.closing = min(s.closing, instant(p.gateTimer))
	s.touch(p)
	s.settle()
	return nil
}

// Drain takes a port out of use without losing a frame. The port stops distributing,
// and [ActionFlush] asks the caller to flush the frames sent so far, with a Marker,
// and to call [System.Flushed]. Then the port reports to the partner that it is out
// of sync, and continues to collect until the partner has stopped. [ActionDrained]
// reports the end. Drain waits at most 1 s for the flush and 3 s for the partner.
// The port then stays a standby link until [System.Undrain]. The error is [ErrNoPort].
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

// Flushed reports to the System that all frames the port had sent before
// [ActionFlush] have arrived, as the partner's answer to a Marker shows. The error is
// [ErrNoPort].
func (s *System) Flushed(now time.Time, n PortNumber) error {
	return s.change(now, n, func(p *port) {
		if p.drain == DrainFlushing {
			p.leave(s)
		}
	})
}

// Undrain puts a drained port back into use. The error is [ErrNoPort].
func (s *System) Undrain(now time.Time, n PortNumber) error {
	return s.change(now, n, func(p *port) {
		p.setDrain(s, DrainNone, 0)
		p.lingering = 0
	})
}
