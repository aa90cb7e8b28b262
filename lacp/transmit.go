package lacp

import "time"

// The Transmit machine, 6.4.16.

// retryTime is how long a port waits after it failed to send a LACPDU.
const retryTime = 1 * time.Second

// transmit sends a LACPDU if one is needed and the limit allows it. The LACPDU has the
// current state, not the state when the need arose.
func (s *System) transmit(p *port) {
	if !p.ntt {
		return
	}
	if !p.portEnabled || !p.lacpEnabled || p.periodic == PeriodicNone {
		p.ntt = false
		return
	}
	if s.now < p.mayTransmitAt() {
		return
	}
	p.ntt = false
	p.retryAt = 0
	s.send(p)
}

// send emits a LACPDU with the port's current state.
func (s *System) send(p *port) {
	p.limit.add(s.now)
	p.counters.LACPDUsTx++
	s.actions = append(s.actions, Action{
		Kind:        ActionTransmit,
		Port:        p.cfg.Number,
		Source:      p.cfg.MAC,
		Destination: s.cfg.Destination,
		PDU: PDU{
			Version:           currentVersion,
			Actor:             p.actor,
			Partner:           p.partner,
			CollectorMaxDelay: s.cfg.CollectorMaxDelay,
		},
	})
}
