package bond

import (
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Other programs change members' interfaces: their MAC address, MTU, filter, addresses. The
// link's state shows each change. The bond then undoes it on the worker and reports it. If a
// change comes again and again, the bond keeps undoing it for ever, with growing pauses: it
// never leaves a member wrong in silence.

// noteChanges reports what changed between the last and the new state of a member's link. It
// takes a first report, and values that the bond can't set, as the wanted ones.
func (b *Bond) noteChanges(now time.Time, m *member, st link.State) {
	old := m.state
	name := m.link.Name()
	first := !m.known
	m.known = true
	// A change may be older than the first report. Values that the bond can't set are the
	// host's to change.
	if _, ok := m.link.(link.MTUSetter); m.wantMTU == 0 || !ok {
		m.wantMTU = st.MTU
	}
	if _, ok := m.link.(link.AddressSetter); m.wantAddr == (lacp.MAC{}) || !ok {
		m.wantAddr = st.Addr
	}
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

// repair is the state of repairing a member's interface.
type repair struct {
	faults link.Faults // faults that remain after the last repair
	since  time.Time   // when faults became non-zero
	busy   bool        // the worker is repairing
	tries  int         // in a row
	last   time.Time   // when the last one ended
	next   time.Time   // when the next one is due; zero: none is due
	failed string      // how the last one failed, as reported; empty: it did not fail
	mended link.Faults // faults that the last one repaired, as far as it knows
}

// suspected returns the faults that the last known state of the member's interface shows.
func (m *member) suspected() link.Faults {
	f := m.state.Faults
	if m.state.Addr != (lacp.MAC{}) && m.state.Addr != m.wantAddr {
		f |= link.FaultAddr
	}
	if m.state.MTU != 0 && m.state.MTU != m.wantMTU {
		f |= link.FaultMTU
	}
	return f
}

// assess compares a member's interface with its wanted state, and starts or schedules a
// repair.
func (b *Bond) assess(now time.Time, m *member) {
	r := &m.repair
	r.next = time.Time{}
	if m.changing > 0 {
		return
	}
	suspected := m.suspected()
	b.settle(now, m, r.faults&suspected|suspected&link.FaultUpper)
	suspected &^= link.FaultUpper // not ours to remove
	if heard := r.last.Add(reportTime); heard.After(now) && suspected&r.mended != 0 {
		suspected &^= r.mended
		r.next = heard
	}
	if suspected == 0 || r.busy {
		return
	}
	if now.Sub(r.last) > repairMemory {
		r.tries = 0
	}
	if due := r.last.Add(repairPause(r.tries)); due.After(now) {
		if r.next.IsZero() || due.Before(r.next) {
			r.next = due
		}
		return
	}
	r.busy = true
	job := repairJob{link: m.link, faults: suspected, addr: m.wantAddr, mtu: m.wantMTU}
	b.later(func() error { job.run(); return nil }, func(error) { b.repaired(time.Now(), m, &job) })
}

// The first three repairs within repairMemory are done at once. The fourth waits 100 ms, and
// each later one twice as long as the one before, up to a second.
const (
	repairMemory = 10 * time.Second
	repairAtOnce = 3
	repairFirst  = 100 * time.Millisecond
	repairMost   = time.Second
)

// reportTime is how long the link has to report that a repaired fault is gone. If it still
// reports the fault after that, the fault has come back.
const reportTime = 100 * time.Millisecond

func repairPause(tries int) time.Duration {
	if tries < repairAtOnce {
		return 0
	}
	return min(repairFirst<<min(tries-repairAtOnce, 10), repairMost)
}

// repairJob is one repair. The worker runs it.
type repairJob struct {
	link   link.Port
	faults link.Faults
	addr   lacp.MAC
	mtu    int

	// The results: the address and MTU that were found to differ, and the errors.
	foundAddr lacp.MAC // zero: the address was right already
	foundMTU  int      // 0: the MTU was right already
	errs      [3]error // of the address, the MTU, the other faults
}

func (j *repairJob) run() {
	if j.faults&link.FaultAddr != 0 {
		j.errs[0] = j.repairAddr()
	}
	if j.faults&link.FaultMTU != 0 {
		j.errs[1] = j.repairMTU()
	}
	if others := j.others(); others != 0 {
		j.errs[2] = errors.ErrUnsupported
		if r, ok := j.link.(link.Repairer); ok {
			j.errs[2] = r.Repair(others)
		}
	}
}

// others returns the faults that the link itself repairs.
func (j *repairJob) others() link.Faults {
	return j.faults &^ (link.FaultAddr | link.FaultMTU)
}

// repairAddr reads the address first, because the state may be older than the last change.
func (j *repairJob) repairAddr() error {
	l, ok := j.link.(link.AddressSetter)
	if !ok {
		return errors.ErrUnsupported
	}
	now, _, err := l.InterfaceAddr()
	if err != nil || lacp.MAC(now) == j.addr {
		return err
	}
	j.foundAddr = lacp.MAC(now)
	return l.SetHardwareAddr(net.HardwareAddr(j.addr[:]))
}

func (j *repairJob) repairMTU() error {
	l, ok := j.link.(link.MTUSetter)
	if !ok {
		return errors.ErrUnsupported
	}
	now, err := l.MTU()
	if err != nil || now == j.mtu {
		return err
	}
	j.foundMTU = now
	return l.SetMTU(j.mtu)
}

// repaired processes the result of a repair.
func (b *Bond) repaired(now time.Time, m *member, j *repairJob) {
	r := &m.repair
	r.busy, r.last = false, now
	r.tries++
	if m.phase != phaseActive {
		return
	}
	defer b.noteMTU(now, m)
	m.takeRepaired(j)
	if r.mended = j.others(); j.errs[2] != nil {
		r.mended = 0
	}
	name := m.link.Name()
	failed := ""
	if err := errors.Join(j.errs[:]...); err != nil {
		failed = j.faults.String() + ": " + err.Error()
	}
	if again := failed != "" && failed == r.failed; again {
		b.assess(now, m)
		return
	}
	r.failed = failed
	if j.foundAddr != (lacp.MAC{}) {
		b.reportRepair("MAC address of the interface was changed by another program", name, "found", j.foundAddr, j.errs[0])
		b.emit(Event{Kind: EventAddr, Member: name, Detail: j.foundAddr.String(), Err: j.errs[0]})
	}
	if j.foundMTU != 0 {
		b.reportRepair("MTU of the interface was changed by another program", name, "found", j.foundMTU, j.errs[1])
		b.emit(Event{Kind: EventMTU, Member: name, Detail: strconv.Itoa(j.foundMTU), Err: j.errs[1]})
	}
	if f := j.others(); f != 0 {
		b.reportRepair("interface was changed by another program", name, "what", f, j.errs[2])
		b.emit(Event{Kind: EventFault, Member: name, Detail: f.String(), Err: j.errs[2]})
	}
	var left link.Faults // except what the link does not support
	for i, f := range []link.Faults{link.FaultAddr, link.FaultMTU, j.others()} {
		if err := j.errs[i]; err != nil && !errors.Is(err, errors.ErrUnsupported) {
			left |= j.faults & f
		}
	}
	b.settle(now, m, left|m.suspected()&link.FaultUpper)
	b.assess(now, m)
}

// takeRepaired records in the member's state the address and MTU that a repair has set,
// because the link's own report may still be on its way. Only the link can report that any
// other fault is gone: the fault may have come back while the repair ran, and would then not
// be reported as new.
func (m *member) takeRepaired(j *repairJob) {
	if j.errs[0] == nil && j.faults&link.FaultAddr != 0 {
		m.state.Addr = j.addr
	}
	if j.errs[1] == nil && j.faults&link.FaultMTU != 0 {
		m.state.MTU = j.mtu
	}
}

func (b *Bond) reportRepair(what, member, key string, value any, err error) {
	if err != nil {
		b.log.Warn(what+", and could not be put back", "member", member, key, value, "error", err)
		return
	}
	b.log.Warn(what+", and was put back", "member", member, key, value)
}

// settle records the faults that remain with a member's interface.
func (b *Bond) settle(now time.Time, m *member, faults link.Faults) {
	r := &m.repair
	if faults == r.faults {
		return
	}
	if r.faults == 0 {
		r.since = now
	}
	upper := faults &^ r.faults & link.FaultUpper
	r.faults = faults
	switch {
	case upper != 0:
		b.log.Warn("another interface was put on top of a member and gets no frames: remove it, or put it on the bond", "member", m.link.Name())
		b.emit(Event{Kind: EventFault, Member: m.link.Name(), Detail: upper.String()})
	case faults == 0:
		b.log.Info("interface is correct again", "member", m.link.Name())
		b.emit(Event{Kind: EventFault, Member: m.link.Name(), Up: true})
	}
}

// repairDue continues the repairs whose pause is over.
func (b *Bond) repairDue(now time.Time) {
	for _, m := range b.members {
		if !m.repair.next.IsZero() && !m.repair.next.After(now) {
			b.assess(now, m)
		}
	}
}
