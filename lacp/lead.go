package lacp

import "time"

// Config.LeadPartner: how long before the partner's periodic LACPDU ours is sent.
const (
	leadShortest = 20 * time.Millisecond
	leadAim      = 100 * time.Millisecond
	leadLongest  = 200 * time.Millisecond

	// A period may be shortened by what has been saved up: by a whole period for
	// a partner that is new, then by as much as clocks drift, so that two ends
	// that both want to lead do not drive each other.
	leadCredit = FastPeriodicTime
	leadGrant  = 5 * time.Millisecond

	// What the partner sends between its periodic LACPDUs, as while the link comes
	// up, says nothing of when the next will come: the credit is not for that.
	leadJitter = 100 * time.Millisecond
)

// isPeriod reports whether two LACPDUs that far apart were both periodic ones.
func isPeriod(gap instant) bool {
	return gap >= instant(FastPeriodicTime-leadJitter) && gap <= instant(FastPeriodicTime+leadJitter)
}

// fastPeriod returns the length of the fast period that begins now:
// Fast_Periodic_Time, or less to get ahead of the partner, or to repeat a first LACPDU.
func (s *System) fastPeriod(p *port, now instant) time.Duration {
	if p.repeatFirst {
		return repeatAfter
	}
	both := p.actor.State & p.partner.State & StateTimeout
	// While the link comes up each of the second's three LACPDUs is needed.
	inUse := p.actor.State.Has(StateCollecting)
	if !s.cfg.LeadPartner || p.receive != ReceiveCurrent || both == 0 || !inUse || !p.steady {
		return FastPeriodicTime
	}
	p.leadSpent = max(0, p.leadSpent-leadGrant)
	const cycle = instant(FastPeriodicTime)
	lead := time.Duration(((p.lastRx-now)%cycle + cycle) % cycle)
	if lead >= leadShortest && lead <= leadLongest {
		return FastPeriodicTime
	}
	shift := leadAim - lead
	if shift < 0 {
		shift += FastPeriodicTime
	}
	shift = min(shift, leadCredit-p.leadSpent)
	p.leadSpent += shift
	return FastPeriodicTime - shift
}
