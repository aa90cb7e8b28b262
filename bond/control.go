package bond

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// input is one input of control: a slow-protocols frame, a link's state, or a
// function to be run there.
type input struct {
	member *member
	frame  controlFrame
	link   *link.State
	why    string // it is Removed; empty: its interface is gone
	do     func()
}

// maxTurn is how many inputs control takes before it looks at the clock.
const maxTurn = 256

// tell hands an input to control; false if the bond is closing.
func (b *Bond) tell(e input) bool {
	select {
	case b.inputs <- e:
		return true
	case <-b.stopping:
		return false
	}
}

// do runs f on the control goroutine and waits for it; false if control has ended.
func (b *Bond) do(f func()) bool {
	if b.inputs == nil { // the zero value: it was never started
		return false
	}
	done := make(chan struct{})
	select {
	case b.inputs <- input{do: func() { f(); close(done) }}:
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
		case e := <-b.inputs:
			b.handle(e)
		case <-timer.C:
		case <-b.stopping:
			b.last = b.snapshot()
			return
		}
		b.takeQueued()
		b.advance(time.Now())
		b.showDevice()
		b.tellChanges(lacp.MAC{})
	}
}

// takeQueued handles the inputs that are there already.
func (b *Bond) takeQueued() {
	for range maxTurn {
		select {
		case e := <-b.inputs:
			b.handle(e)
		default:
			return
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
		b.noteChanges(now, e.member, *e.link)
		b.linkChanged(now, e.member, *e.link)
		b.assess(now, e.member)
		b.noteMTU(now, e.member)
	default: // of one that leaves, its Markers and their answers
		b.lookAgain(e.member)
		b.receiveControl(e.member, e.frame.at, e.frame.data[:e.frame.len])
	}
}

// lookAgain takes the state of a link that is thought to be down though its partner
// speaks: news of a carrier can be late, and this LACPDU would be lost on it. The
// partner's next may come a second later, or half a minute.
func (b *Bond) lookAgain(m *member) {
	if m.state.Up {
		return
	}
	if l, ok := m.link.(link.StateReader); ok {
		if st, ok := l.State(); ok && st.Up {
			b.handle(input{member: m, link: &st})
		}
	}
}

// receiveControl answers a Marker and gives the mode every slow-protocols frame.
func (b *Bond) receiveControl(m *member, at time.Time, frame []byte) {
	b.mode.receive(at, m, frame)
	var buf [lacp.FrameLen]byte
	if answer, ok := m.responder.Respond(at, frame, buf[:0]); ok {
		b.answerMarker(time.Now(), m, answer)
	}
}

// leave takes all members out of service in good order.
func (b *Bond) leave() {
	if b.left { // suspended
		return
	}
	now := time.Now()
	b.left = true
	for _, m := range b.members {
		if m.phase == phaseActive {
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
	b.tell(input{member: m, link: &link.State{Removed: true}, why: what + " frames can't be read: " + err.Error()})
}

// report is what was last told of a member.
type report struct {
	reason lacp.ReasonCode
	usable bool
	hold   Hold
}

// tellChanges reports each member that carries data or not, or does so for another
// reason. source is the sender of the frame that caused it; zero: no frame did.
func (b *Bond) tellChanges(source lacp.MAC) {
	b.untold = false
	if b.left { // all members are on their way out
		return
	}
	for _, m := range b.members {
		if m.phase != phaseActive {
			continue
		}
		r := b.reason(m)
		now := report{r.Code, m.usable, b.hold(m)}
		old := m.reported
		if now == old {
			continue
		}
		m.reported = now
		b.emit(Event{Kind: EventMember, Member: m.link.Name(), Up: m.usable, Reason: r, Hold: now.hold, Source: source})
		level := slog.LevelInfo
		if r.Code.Severity() >= lacp.SeverityMisconfiguration {
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.String("member", m.link.Name()), slog.String("from", old.reason.String()), slog.String("to", r.String()),
			slog.Bool("carries_data", m.usable)}
		if now.hold != HoldNone {
			attrs = append(attrs, slog.String("hold", now.hold.String()))
		}
		if advice := r.Code.Advice(); advice != "" {
			attrs = append(attrs, slog.String("advice", advice))
		}
		if source != (lacp.MAC{}) {
			attrs = append(attrs, slog.String("source", source.String()))
		}
		b.log.LogAttrs(context.Background(), level, "member changed", attrs...)
	}
}
