package lacp

import "time"

// With Config.AlignPeriodicTx, our periodic LACPDU is sent this long before the partner's.
const (
	leadShortest = 20 * time.Millisecond
	leadAim      = 100 * time.Millisecond
	leadLongest  = 200 * time.Millisecond

	// leadCredit limits how much periods are shortened in total. It allows a whole
	// period for a new partner. Each period gives back leadGrant, which covers the
	// drift of clocks, so that two ends that both want to lead do not drive each other.
	leadCredit = FastPeriodicTime
	leadGrant  = 5 * time.Millisecond

	// leadJitter is how much a gap between periodic LACPDUs may differ from the period.
	// LACPDUs between the periodic ones, as while the link comes up, do not show when
	// the next periodic one will come. No credit is spent on them.
	leadJitter = 100 * time.Millisecond
)

// isPeriod reports whether two LACPDUs with this gap were both periodic.
func isPeriod(gap instant) bool {
	return gap >= instant(FastPeriodicTime-leadJitter) && gap <= instant(FastPeriodicTime+leadJitter)
}

// fastPeriod returns the length of the fast period that begins now. It is
// Fast_Periodic_Time, or less to get ahead of the partner or to repeat a first LACPDU.
func (s *System) fastPeriod(p *port, now instant) time.Duration {
	if p.retryFirst {
		return repeatAfter
	}
	both := p.actor.State & p.partner.State & StateTimeout
	// While the link comes up, all three LACPDUs allowed per second are needed.
	inUse := p.actor.State.Has(StateCollecting)
	if !s.cfg.AlignPeriodicTx || p.receive != ReceiveCurrent || both == 0 || !inUse || !p.steady {
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
