package team

import (
	"maps"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// countFrom makes the counters begin with a team, unless they already have.
func (p *Plane) countFrom(team int32) {
	p.mu.Lock()
	begun := p.started.index == team
	p.mu.Unlock()
	if begun {
		return
	}
	stats, err := p.rt.Stats(team)
	if err != nil {
		return // it is gone
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started, p.counted = counted{team, stats}, plane.Counters{}
}

// Counters returns the counters that belong to no member, since the plane was opened, as last read.
// TxNoMember is all that the driver could not send. The kernel refuses frames that are too long
// before the driver sees them.
func (p *Plane) Counters() plane.Counters {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted
}

// MemberCounters returns the counters of a member's interface since it joined, as last read. They
// include frames that are no data, such as LACPDUs, and those of other programs on the interface.
func (p *Plane) MemberCounters(port link.Port) plane.MemberCounters {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.members[port]; m != nil {
		return m.last
	}
	return plane.MemberCounters{}
}

// ReadCounters reads the counters of the device and the members. It waits for the kernel's lock of
// network interfaces, unless another call does. It may be called from any goroutine.
func (p *Plane) ReadCounters() {
	if !p.reading.TryLock() {
		return
	}
	defer p.reading.Unlock()
	p.mu.Lock()
	rt, device, members := p.rt, p.started, maps.Clone(p.members)
	p.mu.Unlock()
	if rt == nil {
		return
	}
	if now, err := rt.Stats(device.index); err == nil {
		p.mu.Lock()
		p.counted = plane.Counters{TxNoMember: now.Since(device.stats).TxDropped}
		p.mu.Unlock()
	}
	for _, m := range members {
		p.readMember(rt, m)
	}
}

// readMember reads the counters of a member, unless it is gone.
func (p *Plane) readMember(rt *rtnl.Conn, m *member) {
	stats, err := rt.Stats(int32(m.index))
	if err != nil {
		return
	}
	now := stats.Since(m.started)
	p.mu.Lock()
	defer p.mu.Unlock()
	m.last = plane.MemberCounters{
		RxFrames: now.RxFrames, RxOctets: now.RxOctets, RxNotCollecting: now.RxUnhandled,
		TxFrames: now.TxFrames, TxOctets: now.TxOctets, TxErrors: now.TxErrors + now.TxDropped,
	}
}
