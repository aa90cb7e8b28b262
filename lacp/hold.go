package lacp

import "time"

// SetGate sets a named gate of a port. A function outside LACP (BFD, MACsec, a probe)
// uses a gate to hold the port out. [GateOpen] removes the gate. Set a gate before
// the link comes up, as the link does not wait for it. The error is [ErrNoPort] or a
// [*FieldError].
func (s *System) SetGate(now time.Time, n PortNumber, name string, level Gate) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	if err := p.gates.check(name, level); err != nil {
		return err
	}
	s.setNow(now)
	if !p.gates.set(name, level, s.now) {
		return nil
	}
	p.aggregator.rerank()
	s.touch(p)
	s.settle()
	return nil
}
