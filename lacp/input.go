package lacp

import "time"

// The inputs of the caller's loop: links, frames, the time, and frames that were not sent.

// SetLink sets the state of a port's link. It determines port_enabled and, with speed
// and duplex mode, LACP_Enabled and the operational key. The error is [ErrNoPort].
func (s *System) SetLink(now time.Time, n PortNumber, l Link) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	if l == p.link {
		return nil
	}
	if l.Up != p.link.Up {
		p.since.link = s.now
		p.heard, p.deaf = false, false
		p.malformed, p.misaddressed = false, false
		s.endLoop(p)
		p.aggregator.rerank()
		s.touchFallback()
	}
	p.link = l
	p.portEnabled = l.Up
	// A link that is down may not report its speed. The port keeps its key, so that it
	// stays SELECTED if the link bounces with the same partner.
	if l.Up {
		p.lacpEnabled = p.wantsLACP()
		if key := p.operKey(); key != p.actor.Key {
			p.actor.Key = key
			p.ntt = true
			p.unselect(s, causeKeyChanged)
		}
		s.restore(p)
	}
	s.touch(p)
	s.settle()
	return nil
}

// Receive processes a frame, without FCS, that a port received. It accepts every
// slow-protocols frame and counts them all. LACPDUs go to the port's machines. Frames
// of the Marker protocol are only counted; package marker answers them.
//
// Receive returns the kind of the frame. SlowUnknown includes frames that are not
// valid for a slow protocol because they are tagged, or sent to an address other than
// the three group addresses. The error for SlowIllegal is [ErrShort], [ErrLength],
// [ErrSubtype] or [ErrMarkerType]; for an unknown port it is [ErrNoPort].
func (s *System) Receive(now time.Time, n PortNumber, frame []byte) (SlowKind, error) {
	p := s.byNumber.get(n)
	if p == nil {
		return NotSlow, ErrNoPort
	}
	f := ParseSlow(frame)
	if f.Kind != NotSlow && (!f.Untagged() || !f.ToGroup()) {
		p.counters.UnknownRx++
		p.misaddressed = p.misaddressed || f.Kind == SlowLACPDU
		return SlowUnknown, nil
	}
	switch f.Kind {
	case NotSlow:
		// This is the only one of the group addresses reserved for slow protocols.
		if f.Destination == SlowProtocolsMulticast {
			p.counters.UnknownRx++
			return SlowUnknown, nil
		}
	case SlowLACPDU:
		p.counters.LACPDUsRx++
		s.setNow(now)
		s.receivePDU(p, f.PDU)
	case SlowMarker:
		p.counters.MarkerPDUsRx++
	case SlowMarkerResponse:
		p.counters.MarkerResponsePDUsRx++
	case SlowIllegal:
		p.counters.IllegalRx++
		p.malformed = true
	default:
		p.counters.UnknownRx++
	}
	return f.Kind, f.Err
}

// receivePDU passes a LACPDU that was checked to the port's machines.
func (s *System) receivePDU(p *port, pdu []byte) {
	s.pdu.read((*[PDULen]byte)(pdu))
	p.steady = p.everRx && isPeriod(s.now-p.lastRx)
	p.lastRx, p.everRx = s.now, true
	if p.isLooped(&s.pdu) {
		s.noteLoop(p)
		s.settle()
		return
	}
	if !p.portEnabled {
		s.settle() // a gate may have closed
		return
	}
	p.heard, p.malformed, p.misaddressed = true, false, false
	if p.looped {
		s.endLoop(p)
	}
	s.findMoved(&s.pdu)
	if s.refresh(p, &s.pdu) {
		if len(s.work) > 0 { // another port's partner has moved here
			s.settle()
		}
		return
	}
	p.received = &s.pdu
	s.touch(p)
	s.settle()
	p.received = nil // a disabled Receive machine has not consumed it
}

// Advance handles the timers that have expired. Pass frames received before now to
// Receive first, so that a partner whose LACPDU is queued is not declared lost.
func (s *System) Advance(now time.Time) {
	s.setNow(now)
	stalled := s.checkStall()
	for s.deadlines.next() <= s.now {
		p := s.deadlines[0].port
		if at := p.deadline(); at > s.now {
			s.appoint(p, at)
			continue
		}
		if stalled {
			s.extendForStall(p)
		}
		s.deadlines.cancel(p)
		s.touch(p)
	}
	s.settle()
}

// TransmitFailed reports to the System that the LACPDU of the newest ActionTransmit of
// port n was not sent. A second later the port sends a LACPDU with its state at that
// time.
func (s *System) TransmitFailed(now time.Time, n PortNumber) {
	_ = s.change(now, n, func(p *port) { // a removed port has nothing to send
		if p.counters.LACPDUsTx > 0 {
			p.counters.LACPDUsTx--
		}
		p.counters.TxErrors++
		p.ntt = true
		p.retryAt = s.now + instant(retryTime)
	})
}
