package bond

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// event is one input of control: a slow-protocols frame, a link's state, or a
// function to be run there.
type event struct {
	member *member
	frame  controlFrame
	link   *LinkState
	do     func()
}

// maxTurn is how many events control takes before it looks at the clock.
const maxTurn = 256

// tell hands an event to control; false if the bond is closing.
func (b *Bond) tell(e event) bool {
	select {
	case b.events <- e:
		return true
	case <-b.stopping:
		return false
	}
}

// do runs f on the control goroutine and waits for it; false if control has ended.
func (b *Bond) do(f func()) bool {
	done := make(chan struct{})
	select {
	case b.events <- event{do: func() { f(); close(done) }}:
	case <-b.stopped:
		return false
	}
	select {
	case <-done:
		return true
	case <-b.stopped:
		return false
	}
}

// control owns the mode and all that decides where frames go. Queued frames are
// taken before a timer that is due: a partner is not lost whose LACPDU waits.
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
		case e := <-b.events:
			b.handle(e)
		case <-timer.C:
		case <-b.stopping:
			b.last = b.snapshot()
			return
		}
		b.takeQueued()
		b.advance(time.Now())
		b.logChanges()
	}
}

// takeQueued handles the events that are there already.
func (b *Bond) takeQueued() {
	for range maxTurn {
		select {
		case e := <-b.events:
			b.handle(e)
		default:
			return
		}
	}
}

func (b *Bond) handle(e event) {
	switch {
	case e.do != nil:
		e.do()
	case e.member.removed:
	case e.link != nil && e.link.Removed:
		b.dropMember(e.member)
	case e.link != nil:
		b.linkChanged(time.Now(), e.member, *e.link)
	default:
		b.receiveControl(e.member, e.frame.at, e.frame.data[:e.frame.len])
	}
}

// receiveControl answers a Marker and gives the mode every slow-protocols frame.
func (b *Bond) receiveControl(m *member, at time.Time, frame []byte) {
	b.mode.receive(at, m, frame)
	var buf [lacp.FrameLen]byte
	answer, ok := m.responder.Respond(at, frame, buf[:0])
	if !ok {
		return
	}
	if err := m.link.WriteControl(answer); err != nil {
		b.log.Warn("Marker Response not sent", "member", m.link.Name(), "error", err)
	}
}

// dropMember takes out a member whose interface is gone.
func (b *Bond) dropMember(m *member) {
	b.log.Warn("member's interface is gone", "member", m.link.Name())
	m.state = LinkState{Removed: true}
	m.seen, m.due = m.state, time.Time{}
	b.mode.remove(time.Now(), m)
	m.removed = true
	b.publish()
	go m.link.Close() // it may wait for the readers of the link, one of which may wait for control
}

// leave takes all members out of service in good order.
func (b *Bond) leave() {
	now := time.Now()
	for _, m := range b.members {
		if !m.removed {
			b.mode.remove(now, m)
		}
	}
}

// readerStopped reports that a member can't be read any more, unless that is
// because it was closed.
func (b *Bond) readerStopped(m *member, what string, err error) {
	if errors.Is(err, net.ErrClosed) {
		return
	}
	b.log.Error("member can't be read", "member", m.link.Name(), "frames", what, "error", err)
	b.tell(event{member: m, link: &LinkState{Removed: true}})
}

// logChanges reports each member whose reason for carrying data or not has changed.
func (b *Bond) logChanges() {
	for _, m := range b.members {
		if m.removed {
			continue
		}
		r := b.mode.reason(m)
		if r.Code == m.reason.Code {
			continue
		}
		old := m.reason
		m.reason = r
		level := slog.LevelInfo
		if r.Code.Severity() >= lacp.SeverityMisconfiguration {
			level = slog.LevelWarn
		}
		b.log.LogAttrs(context.Background(), level, "member changed",
			slog.String("member", m.link.Name()), slog.String("from", old.Code.String()), slog.String("to", r.String()),
			slog.Bool("carries_data", m.usable), slog.String("advice", r.Code.Advice()))
	}
}
