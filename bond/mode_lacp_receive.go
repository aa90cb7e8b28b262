package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// receive processes a slow-protocols frame. It reports changes at once, with the frame's
// sender, because the next frame may reverse them.
func (l *lacpMode) receive(now time.Time, m *member, frame []byte) {
	if l.bond.untold {
		l.bond.tellChanges(lacp.MAC{}) // caused by earlier inputs
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

// senderOf returns the source address of a frame; zero if the frame is too short.
func senderOf(frame []byte) (src lacp.MAC) {
	if len(frame) >= link.HeaderLen {
		copy(src[:], frame[6:])
	}
	return src
}

// loop records a member's own LACPDUs that came back.
type loop struct {
	count uint64
	told  time.Time // when the last event was sent
}

// loopEvery is the least time between two events of a lasting loop.
const loopEvery = time.Minute

// noteLoop reports own LACPDUs that come back. That may happen even while the member has a
// partner and carries data; its Reason does not show it then.
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
