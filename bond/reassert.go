package bond

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/repair"
	"github.com/lagkit/lagkit/lacp"
)

// Other programs change members' interfaces: their MAC address, MTU, filter, addresses. The
// link's state shows each change. The bond then undoes it on the worker and reports it. If a
// change comes again and again, the bond keeps undoing it for ever, with growing pauses: it
// never leaves a member wrong in silence.

// noteChanges reports what changed between the last and the new state of a member's link.
func (b *Bond) noteChanges(now time.Time, m *member, st link.State) {
	old := m.state
	name := m.link.Name()
	first := !m.known
	m.known = true
	m.want.LearnOf(m.link, st)
	if st.Up != old.Up || st.AdminDown != old.AdminDown || !first && (st.SpeedMbps != old.SpeedMbps || st.Duplex != old.Duplex) {
		b.emit(Event{Kind: EventLink, Member: name, Up: st.Up, Link: st})
	}
	if st.Renamed != old.Renamed {
		b.log.Warn("interface was renamed", "member", name, "to", st.Renamed)
		b.emit(Event{Kind: EventRenamed, Member: name, Detail: st.Renamed})
	}
	if st.Overruns != old.Overruns {
		b.emit(Event{Kind: EventOverrun, Member: name})
	}
}

// assess compares a member's interface with its wanted state, and starts or schedules a
// repair.
func (b *Bond) assess(now time.Time, m *member) {
	r := &m.repair
	r.Next = time.Time{}
	if m.changing > 0 {
		return
	}
	suspected := m.want.Faults(m.state)
	b.settle(now, m, r.Faults&suspected|suspected&link.FaultUpper)
	faults := r.Begin(now, suspected&^link.FaultUpper) // an interface on top is not ours to remove
	if faults == 0 {
		return
	}
	job := &repair.Job{Link: m.link, Faults: faults, Wanted: m.want}
	b.later("", func() error { job.Run(); return nil }, func(error) { b.repaired(time.Now(), m, job) })
}

// repaired processes the result of a repair.
func (b *Bond) repaired(now time.Time, m *member, j *repair.Job) {
	news := m.repair.End(now, j)
	if m.phase != phaseActive {
		return
	}
	defer b.noteMTU(now, m)
	j.Record(&m.state)
	if news {
		b.noteRepair(m.link.Name(), j)
		b.settle(now, m, j.Left()|m.want.Faults(m.state)&link.FaultUpper)
	}
	b.assess(now, m)
}

// noteRepair reports what another program had changed, and whether that was put back.
func (b *Bond) noteRepair(name string, j *repair.Job) {
	if j.FoundAddr != (lacp.MAC{}) {
		b.reportRepair(EventAddr, name, "MAC address of the interface", "found", j.FoundAddr, j.AddrErr)
	}
	if j.FoundMTU != 0 {
		b.reportRepair(EventMTU, name, "MTU of the interface", "found", j.FoundMTU, j.MTUErr)
	}
	if f := j.Others(); f != 0 {
		b.reportRepair(EventFault, name, "interface", "what", f, j.OthersErr)
	}
}

func (b *Bond) reportRepair(kind EventKind, member, what, key string, value any, err error) {
	what += " was changed by another program"
	if err != nil {
		b.log.Warn(what+", and could not be put back", "member", member, key, value, "error", err)
	} else {
		b.log.Warn(what+", and was put back", "member", member, key, value)
	}
	b.emit(Event{Kind: kind, Member: member, Detail: fmt.Sprint(value), Err: err})
}

// settle records the faults that remain with a member's interface.
func (b *Bond) settle(now time.Time, m *member, faults link.Faults) {
	added, changed := m.repair.Settle(now, faults)
	switch {
	case !changed:
	case added&link.FaultUpper != 0:
		b.log.Warn("another interface was put on top of a member and gets no frames: remove it, or put it on the bond", "member", m.link.Name())
		b.emit(Event{Kind: EventFault, Member: m.link.Name(), Detail: link.FaultUpper.String()})
	case faults == 0:
		b.log.Info("interface is correct again", "member", m.link.Name())
		b.emit(Event{Kind: EventFault, Member: m.link.Name(), Up: true})
	}
}

// repairDue continues the repairs whose pause is over.
func (b *Bond) repairDue(now time.Time) {
	for _, m := range b.members {
		if !m.repair.Next.IsZero() && !m.repair.Next.After(now) {
			b.assess(now, m)
		}
	}
}

// noteMTU notes whether a member's interface has an MTU below the bond's. It waits for a repair
// or a change that is under way.
func (b *Bond) noteMTU(now time.Time, m *member) {
	if m.state.MTU != m.want.MTU && (m.repair.Busy || m.changing > 0) {
		return
	}
	switch short := m.state.MTU != 0 && m.state.MTU < b.cfg.MTU; {
	case !short:
		m.shortSince = time.Time{}
	case m.shortSince.IsZero():
		m.shortSince = now
	}
}
