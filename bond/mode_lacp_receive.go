package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

func (l *lacpMode) receive(now time.Time, m *member, frame []byte) {
	if len(frame) >= link.HeaderLen {
		l.source = lacp.MAC(frame[6:12])
		defer func() { l.source = lacp.MAC{} }()
	}
	before, short := l.sys.Reason(m.port()).Code, l.bond.short
	l.sys.Receive(now, m.port(), frame)
	l.act(now)
	if l.sys.Reason(m.port()).Code != before {
		m.changedBy = l.source
	}
	if l.bond.short != short { // MinLinks
		l.blame()
	}
	l.noteLoop(now, m)
	if l.markers.Receive(now, m.port(), frame) {
		l.actMarkers(now)
	}
}

// blame makes the frame that is being received, if one is, the cause of what has
// changed for all members.
func (l *lacpMode) blame() {
	for _, m := range l.bond.members {
		m.changedBy = l.source
	}
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
func (l *lacpMode) noteLoop(now time.Time, m *member) {
	n, last := l.sys.LoopedRx(m.port()), l.loops[m.port()]
	if n == last.count {
		return
	}
	due := last.told.IsZero() || now.Sub(last.told) >= loopEvery
	if last.count = n; due {
		last.told = now
		l.bond.emit(Event{Kind: EventLoop, Member: m.link.Name(), Up: m.usable, Source: l.source})
		l.bond.log.Warn("own LACPDU received", "member", m.link.Name(), "source", l.source.String(),
			"carries_data", m.usable, "advice", lacp.ReasonLoopbackSelf.Advice())
	}
	l.loops[m.port()] = last
}
