package team

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// countFrom makes the counters begin with a team, unless they already have.
func (p *Plane) countFrom(team int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started.index == team {
		return
	}
	stats, err := p.rt.Stats(team)
	if err == nil {
		p.started = counted{team, stats}
	}
}

// Counters returns the counters that belong to no member, since the plane was opened.
// TxNoMember is all that the driver could not send. The kernel refuses frames that are too long
// before the driver sees them.
func (p *Plane) Counters() plane.Counters {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, ok := p.since(p.started.index, p.started.stats)
	if !ok {
		return plane.Counters{}
	}
	return plane.Counters{TxNoMember: now.TxDropped}
}

// MemberCounters returns the counters of a member's interface since it joined. They include
// frames that are no data, such as LACPDUs, and those of other programs on the interface.
func (p *Plane) MemberCounters(port link.Port) plane.MemberCounters {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.members[port]
	if m == nil {
		return plane.MemberCounters{}
	}
	now, ok := p.since(int32(m.index), m.started)
	if !ok {
		return m.last
	}
	m.last = plane.MemberCounters{
		RxFrames: now.RxFrames, RxOctets: now.RxOctets, RxNotCollecting: now.RxUnhandled,
		TxFrames: now.TxFrames, TxOctets: now.TxOctets, TxErrors: now.TxErrors + now.TxDropped,
	}
	return m.last
}

// since returns the counters of an interface since an earlier time; false if it is gone.
func (p *Plane) since(index int32, before rtnl.Stats) (rtnl.Stats, bool) {
	if p.rt == nil {
		return rtnl.Stats{}, false
	}
	now, err := p.rt.Stats(index)
	return now.Since(before), err == nil
}
