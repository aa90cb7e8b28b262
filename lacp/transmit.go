package lacp

import "time"

// The Transmit machine, 6.4.16.

// txPerSecond is the maximum number of LACPDUs sent in any Fast_Periodic_Time.
const txPerSecond = 3

// retryTime is how long a port waits after it failed to send a LACPDU.
const retryTime = 1 * time.Second

// portTransmission is what delays the port's LACPDUs.
type portTransmission struct {
	limit   txLimit
	retryAt instant // send no LACPDU before this, after a failure; 0 without one
}

// txLimit records when the last LACPDUs were sent.
type txLimit struct {
	sent  [txPerSecond]instant
	count uint64
}

// opens returns the first instant when the limit allows another LACPDU.
func (l *txLimit) opens() instant {
	if l.count < txPerSecond {
		return 0
	}
	return l.sent[l.count%txPerSecond] + instant(FastPeriodicTime)
}

func (l *txLimit) add(now instant) {
	l.sent[l.count%txPerSecond] = now
	l.count++
}

// mayTransmitAt returns the first instant when a LACPDU may be sent.
func (p *port) mayTransmitAt() instant { return max(p.limit.opens(), p.retryAt) }

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
