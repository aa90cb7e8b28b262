package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// receive takes a slow-protocols frame. What it changes is reported at once, with the
// frame's sender: the next frame may change it back.
func (l *lacpMode) receive(now time.Time, m *member, frame []byte) {
	if l.bond.untold {
		l.bond.tellChanges(lacp.MAC{}) // not by this frame
	}
	l.changed = false
	before := l.sys.Reason(l.port(m)).Code
	l.sys.Receive(now, l.port(m), frame)
	l.act(now)
	sender := senderOf(frame)
	if l.changed || l.sys.Reason(l.port(m)).Code != before {
		l.bond.tellChanges(sender)
	}
	l.noteLoop(now, m, sender)
	if l.markers.Receive(now, l.port(m), frame) {
		l.actMarkers(now)
	}
}

// senderOf returns the source address of a frame; zero if it has none.
func senderOf(frame []byte) (src lacp.MAC) {
	if len(frame) >= link.HeaderLen {
		copy(src[:], frame[6:])
	}
	return src
}

// loop is what is known of a member's own LACPDUs that come back.
type loop struct {
	count uint64
	told  time.Time // of the newest event
}

// loopEvery is the time between two events of a loop that lasts.
const loopEvery = time.Minute

// noteLoop reports own LACPDUs that come back. They may do so while the member has a
// partner as well and carries data: its Reason does not show them then.
func (l *lacpMode) noteLoop(now time.Time, m *member, sender lacp.MAC) {
	n, last := l.sys.LoopedRx(l.port(m)), l.loops[l.port(m)]
	if n == last.count {
		return
	}
	due := last.told.IsZero() || now.Sub(last.told) >= loopEvery
	if last.count = n; due {
		last.told = now
		l.bond.emit(Event{Kind: EventLoop, Member: m.link.Name(), Up: m.usable, Source: sender})
		l.bond.log.Warn("own LACPDU received", "member", m.link.Name(), "source", sender.String(),
			"carries_data", m.usable, "advice", lacp.ReasonLoopbackSelf.Advice())
	}
	l.loops[l.port(m)] = last
}
