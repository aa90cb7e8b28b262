package bond

import (
	"cmp"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/internal/promises"
	"github.com/lagkit/lagkit/internal/waitlist"
)

// defaultLinger is how long a leaving member still collects. Its partner knows by then, but
// frames that it sent before are still under way.
const defaultLinger = 100 * time.Millisecond

// AddMember adds a link while the bond runs and takes ownership of it as [New] does. The
// member takes the first free place, or its old place if a member of the same name has left.
// The place sets its LACP port number and its position in the hash order. The other members
// are not disturbed, but flows move to the new member as the hash decides.
//
// The error is a [*ConfigError] or [net.ErrClosed]; the link is closed then.
func (b *Bond) AddMember(l link.Port) error {
	if l == nil {
		return allowed.Refuse("link", "nil", "a link")
	}
	b.setting.Lock()
	defer b.setting.Unlock()
	err := b.adoptAddr(l)
	if err == nil {
		err = b.enlist(l, func() bool { return true })
	}
	if err != nil {
		_ = l.Close() // the cause is returned
	}
	return err
}

// enlist adds a link, if it is still to be added, and waits until the plane has taken it.
func (b *Bond) enlist(l link.Port, still func() bool) error {
	result := make(chan error, 1)
	if !b.do(func() {
		if still() {
			b.addMember(l, result)
		} else {
			result <- nil
		}
	}) {
		return net.ErrClosed
	}
	select {
	case err := <-result:
		return err
	case <-b.stopped:
		return net.ErrClosed
	}
}

// addMember adds a link once the plane has taken it. The result comes then.
func (b *Bond) addMember(l link.Port, result chan<- error) {
	if err := b.checkNew(l); err != nil {
		result <- err
		return
	}
	m := newMember(b.place(l.Name()), l)
	m.phase = phaseJoining
	b.members = slices.Clone(b.members) // a view may hold the old slice
	if int(m.id) == len(b.members) {
		b.members = append(b.members, m)
	} else {
		b.members[m.id] = m
	}
	b.ports.Store(l, m)
	b.publish()
	b.afterPlan(func(err error) {
		switch {
		case err != nil:
		case b.left:
			err = net.ErrClosed
		case m.phase != phaseJoining:
			err = waitlist.Gone
		}
		if err == nil {
			err = b.beginMember(m)
		}
		if err != nil {
			m.phase = phaseGone
			b.ports.Delete(l)
			b.refusal = pace.Refusal{}
			b.publish()
		}
		result <- err
	})
}

// checkNew refuses a link that can't become a member.
func (b *Bond) checkNew(l link.Port) error {
	if b.left {
		return net.ErrClosed
	}
	if err := allowed.Link(l); err != nil {
		return err
	}
	present := 0
	for m := range b.members.present {
		if present++; m.link.Name() == l.Name() {
			return allowed.Refuse("links", l.Name(), "each link once")
		}
	}
	if present >= maxLinks {
		return allowed.Refuse("links", strconv.Itoa(present+1)+" links", "1 to "+strconv.Itoa(maxLinks))
	}
	return nil
}

// beginMember starts a member that the plane has taken.
func (b *Bond) beginMember(m *member) error {
	m.phase = phaseActive
	if err := b.join(time.Now(), m); err != nil {
		return err
	}
	b.startMember(m)
	b.wanted.Present(m.link.Name())
	b.log.Info("member added", "member", m.link.Name())
	b.emit(Event{Kind: EventAdded, Member: m.link.Name()})
	return nil
}

// adoptAddr gives a bond without an address of its own the address of its first member. The
// caller holds b.setting.
func (b *Bond) adoptAddr(l link.Port) error {
	var next Config
	var generation uint64
	adopts := false
	b.do(func() { adopts, next, generation = b.provisional && !b.left, b.cfg, b.generation })
	if !adopts {
		return nil
	}
	if err := allowed.Link(l); err != nil {
		return err
	}
	next.HardwareAddr = l.HardwareAddr()
	err := b.replace(next, generation)
	b.do(func() { b.provisional = err != nil })
	return err
}

// place returns the id for a member of this name: its old one, or the first that is free and
// not reserved for an interface that the bond waits for.
func (b *Bond) place(name string) uint16 {
	id := len(b.members)
	for i, m := range slices.Backward(b.members) {
		if m.phase == phaseGone && !b.wanted.Has(m.link.Name()) {
			id = i
		}
	}
	for i, m := range b.members {
		if m.phase == phaseGone && m.link.Name() == name {
			id = i
		}
	}
	return uint16(id)
}

// RemoveMember takes a member out of the bond gracefully and closes its link, which restores
// the interface. It waits until that is done. The member's flows move to the others; frames on
// their way to the bond are still received. The bond keeps running even without members, and
// keeps its MAC address even if the member it came from leaves.
//
// The error is a [*ConfigError], [net.ErrClosed], or one of closing the link.
func (b *Bond) RemoveMember(name string) error {
	name = b.canonical(name)
	var m *member
	err := net.ErrClosed
	b.do(func() {
		waited := b.wanted.Remove(name)
		m, err = b.find(name)
		switch {
		case err == nil:
			b.wanted.Remove(m.link.Name())
			m.phase = phaseLeaving
			b.quit(time.Now(), m)
			b.publish()
		case waited && !b.left:
			err = nil
			b.log.Info("bond no longer waits for a missing member", "member", name)
			b.emit(Event{Kind: EventRemoved, Member: name, Detail: "by order"})
		}
	})
	if err != nil || m == nil {
		return err
	}
	timer := time.NewTimer(b.linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.stopping: // Close does the rest
		<-b.stopped
		m.readers.Wait()
		return m.link.Close()
	}
	if l, ok := m.link.(link.Sequencer); ok {
		mark := l.Mark()
		pace.Poll(time.Millisecond, readerLimit, b.stopping, func() bool { return l.Passed(mark) })
	}
	b.do(func() { b.forget(m, "by order") })
	b.awaitPlan()
	err = m.link.Close()
	b.endMember(m)
	return err
}

// readerLimit is how long a member that leaves waits until the frames that it has received so
// far are delivered.
const readerLimit = time.Second

// endMember waits for the readers of a member that is gone and drops the references to it,
// because its link has large buffers.
func (b *Bond) endMember(m *member) {
	m.readers.Wait()
	<-m.released
	m.ended.Store(true)
	b.do(func() { b.sumFormer() })
}

// canonical returns the name of the member whose interface has the given name, which may be an
// alternative one. It returns the given name if no member has it. It may wait for the kernel.
func (b *Bond) canonical(name string) string {
	var others []link.Port // none if the name is known
	b.do(func() {
		if _, err := b.find(name); err == nil || b.wanted.Has(name) {
			return
		}
		for m := range b.members.active {
			others = append(others, m.link)
		}
	})
	for _, l := range others {
		if n, ok := l.(link.Named); ok && slices.Contains(n.Names(), name) {
			return l.Name()
		}
	}
	return name
}

// find returns the member whose link, or whose interface at present, has the given name.
func (b *Bond) find(name string) (*member, error) {
	if b.left {
		return nil, net.ErrClosed
	}
	var names []string
	for m := range b.members.active {
		if m.link.Name() == name || m.state.Name == name && name != "" {
			return m, nil
		}
		names = append(names, m.link.Name())
	}
	return nil, allowed.Refuse("member", name, "the name of a member: "+strings.Join(names, ", "))
}

// forget removes a member that the mode has already removed.
func (b *Bond) forget(m *member, why string) {
	if m.phase == phaseGone {
		return
	}
	m.phase, m.waiting = phaseGone, promises.Frames{}
	m.state = link.State{Removed: true}
	m.seen, m.due = m.state, time.Time{}
	b.former = append(b.former, m)
	if f, ok := b.mode.(mode.Flusher); ok {
		f.Forget(time.Now(), m.id)
		b.applyEffects(time.Now())
	}
	b.publish()
	b.log.Info("member removed", "member", m.link.Name(), "why", why)
	b.emit(Event{Kind: EventRemoved, Member: m.link.Name(), Detail: why})
	if slices.Equal(m.link.HardwareAddr(), b.addr) {
		b.log.Warn("bond keeps the MAC address of a member that has left", "member", m.link.Name(), "address", b.addr.String())
		b.emit(Event{Kind: EventConflict, Member: m.link.Name(), Detail: b.addr.String()})
	}
}

// dropMember removes a member whose interface is gone or can't be read.
func (b *Bond) dropMember(m *member, why string) {
	why = cmp.Or(why, string(waitlist.Gone))
	b.log.Warn("member is lost", "member", m.link.Name(), "why", why)
	if m.phase != phaseLeaving {
		m.phase = phaseLeaving
		b.quit(time.Now(), m)
	}
	b.forget(m, why)
	b.missing(time.Now(), m.link.Name(), waitlist.Lost(why))
	b.closing.Add(1)
	go func() { // Close may wait for the link's readers, and one of these may wait for control
		defer b.closing.Done()
		b.awaitPlan()
		if err := m.link.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("interface not restored", "member", m.link.Name(), "error", err)
		}
		b.endMember(m)
		b.kickOpener()
	}()
}

// Drain stops sending data on a member, or starts it again if on is false. Frames that arrive
// are still received. In ModeLACP a Marker then flushes what was sent, the bond announces to
// the partner that the member is out of sync, and receives what the partner still sends until
// it has stopped, which EventDrained reports. RemoveMember or a pulled cable then loses
// nothing. In the other modes the bond can't inform the other end.
//
// The error is a [*ConfigError] or [net.ErrClosed].
func (b *Bond) Drain(name string, on bool) error {
	name = b.canonical(name)
	err := net.ErrClosed
	b.do(func() {
		var m *member
		if m, err = b.find(name); err == nil && m.drained != on {
			m.drained = on
			b.configure(time.Now())
		}
	})
	return err
}

func (b *Bond) memberCounters(m *member) Counters {
	var data plane.MemberCounters
	if final := m.final.Load(); final != nil {
		data = *final
	} else {
		data = b.plane.MemberCounters(m.link)
	}
	c := Counters{
		RxFrames: data.RxFrames, RxOctets: data.RxOctets, RxNotCollecting: data.RxNotCollecting,
		TxFrames: data.TxFrames, TxOctets: data.TxOctets, TxErrors: data.TxErrors,
		LinkFailures:   m.failures,
		ControlLimited: m.controlLimited.Load(),
		Marker:         m.responder.Counters(),
	}
	if l, ok := m.link.(link.StatsReader); ok {
		c.Link = l.Stats()
	}
	return c
}

// sumFormer returns the sum of the counters of former members. Once a member's readers have
// ended, it adds the member's counters to a total and drops the member, so that the list does
// not grow for ever.
func (b *Bond) sumFormer() Counters {
	b.former = slices.DeleteFunc(b.former, func(m *member) bool {
		if !m.ended.Load() {
			return false
		}
		b.formerSum.add(b.memberCounters(m))
		return true
	})
	sum := b.formerSum
	for _, m := range b.former {
		sum.add(b.memberCounters(m))
	}
	return sum
}
