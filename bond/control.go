package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/lacp"
)

// maxTurn is how many inputs control takes before it looks at the clock.
const maxTurn = 256

// control owns the mode and everything that decides where frames go. It processes queued
// frames before a timer that is due, so that a partner whose LACPDU is queued is not declared
// lost.
func (b *Bond) control() {
	defer close(b.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if at := b.deadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(at))
		}
		select {
		case e := <-b.inputs:
			b.handle(e)
		case <-b.states.Wake():
		case <-timer.C:
		case <-b.stopping:
			b.last = b.snapshot()
			return
		}
		b.takeQueued()
		if b.pause.released {
			b.last = b.snapshot()
			return
		}
		b.advance(time.Now())
		b.showDevice()
		b.tellChanges(lacp.MAC{})
	}
}

// takeQueued handles the states and the inputs that are queued already.
func (b *Bond) takeQueued() {
	b.takeStates()
	for range maxTurn {
		if b.pause.released {
			return
		}
		select {
		case e := <-b.inputs:
			b.handle(e)
		default:
			return
		}
	}
}

// takeStates handles the states that are queued.
func (b *Bond) takeStates() {
	for {
		m, st, ok := b.states.Take()
		switch {
		case !ok:
			return
		case m == nil:
			b.untold = true
			b.deviceChanged(time.Now(), st)
		default:
			b.handle(input{member: m, link: &st})
		}
	}
}

func (b *Bond) handle(e input) {
	b.untold = b.untold || e.do != nil || e.link != nil
	switch {
	case e.do != nil:
		e.do()
	case e.member.phase == phaseGone:
	case e.link != nil && e.link.Removed:
		b.dropMember(e.member, e.why)
	case e.link != nil && e.member.phase == phaseLeaving:
	case e.link != nil:
		now := time.Now()
		e.member.reports++
		b.noteChanges(now, e.member, *e.link)
		b.linkChanged(now, e.member, *e.link)
		b.assess(now, e.member)
		b.noteMTU(now, e.member)
	case b.looksAgain(e.member, &e.frame):
	default: // for a leaving member too: its Markers and the answers to ours
		b.receiveControl(e.member, &e.frame)
	}
}

// mostUnseen is how many frames of a member wait until the state of its link is known.
const mostUnseen = 8

// looksAgain reports whether a frame has to wait until the worker has read the state of the
// link: the link is down according to its last report although its partner speaks. The report
// of a carrier can be late, and a LACPDU that arrives meanwhile would be lost. The partner's
// next one may come a second later, or half a minute.
func (b *Bond) looksAgain(m *member, f *intake.Frame) bool {
	if len(m.unseen) > 0 {
		if len(m.unseen) < mostUnseen {
			m.unseen = append(m.unseen, *f)
		} else {
			m.controlLimited.Add(1)
		}
		return true
	}
	l, ok := m.link.(link.StateReader)
	if m.state.Up || !ok {
		return false
	}
	m.unseen = append(m.unseen, *f)
	reports := m.reports
	b.worker.Post("", func() {
		st, ok := l.State()
		b.tell(input{do: func() {
			if ok && st.Up && m.reports == reports { // else a report may be newer
				b.handle(input{member: m, link: &st})
			}
			for i := range m.unseen {
				if m.phase != phaseGone {
					b.receiveControl(m, &m.unseen[i])
				}
			}
			m.unseen = nil
		}})
	})
	return true
}

// leave takes all members out of service gracefully.
func (b *Bond) leave() {
	if b.left { // suspended
		return
	}
	now := time.Now()
	b.left = true
	for m := range b.members.active {
		b.quit(now, m)
	}
}
