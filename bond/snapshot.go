package bond

import (
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// Status returns a snapshot of the bond. After Close it returns the last one.
func (b *Bond) Status() Status {
	var st Status
	if r, ok := b.plane.(plane.CounterReader); ok {
		plane.ReadWithin(r, countersLimit)
	}
	if !b.do(func() { st = b.snapshot() }) {
		if b.stopped != nil {
			<-b.stopped
		}
		return b.last
	}
	return st
}

// countersLimit is how long a status waits for counters of a plane that may have to wait for the
// kernel. Then it has those that were last read.
const countersLimit = 50 * time.Millisecond

// snapshot returns the status. It runs on the control goroutine.
func (b *Bond) snapshot() Status {
	st := Status{
		Name: b.name, Mode: b.cfg.Mode, HardwareAddr: slices.Clone(b.addr), MTU: b.cfg.MTU,
		Hash: allowed.Policy(&b.cfg), Rate: b.cfg.Rate, Passive: b.cfg.Passive,
		Counters: b.plane.Counters(),
	}
	st.Speed, st.Device, st.Balance = b.speed(), b.deviceStatus(), b.balanced
	st.Balance.Interval = b.shares.Interval()
	if b.cfg.NeedsPermission {
		st.Permission = b.permission
	}
	st.Up, st.Since = b.ready.Up(), b.ready.Since()
	for m := range b.members.active {
		st.Members = append(st.Members, MemberStatus{
			ID: int(m.id), Name: m.link.Name(), Added: m.added, HardwareAddr: m.link.HardwareAddr(),
			Link: m.state, Carries: m.usable, Reason: b.reason(m), Hold: b.hold(m), Counters: b.memberCounters(m),
		})
	}
	st.Former = b.sumFormer()
	st.Missing = b.missingMembers()
	b.modeStatus(&st)
	return st
}

// modeStatus fills in the status that depends on the mode.
func (b *Bond) modeStatus(st *Status) {
	if m := b.activeMember(); m != nil {
		st.Active = m.link.Name()
	}
	l := b.engine()
	if l == nil {
		return
	}
	sys := l.System()
	st.System = sys.ID()
	st.Candidates = sys.Candidates(b.cfg.LACP.Policy, l.Aggregator())
	for a := range sys.Aggregators() {
		if a.ID == l.Aggregator() {
			st.Aggregator = a
		}
	}
	for i := range st.Members {
		st.Members[i].LACP, _ = sys.Port(l.Port(mode.ID(st.Members[i].ID)))
	}
}

// History returns the last transitions of a member's LACP machines, oldest first, at most
// [lacp.HistoryLen]. In other modes it returns none. The error is a [*ConfigError] or
// [net.ErrClosed].
func (b *Bond) History(name string) (h []lacp.Transition, err error) {
	name = b.canonical(name)
	err = net.ErrClosed
	b.do(func() {
		var m *member
		if m, err = b.find(name); err != nil {
			return
		}
		if l := b.engine(); l != nil {
			h = l.System().History(l.Port(m.id))
		}
	})
	return h, err
}
