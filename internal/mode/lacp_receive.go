package mode

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Receive implements [Machine].
func (l *LACP) Receive(now time.Time, id ID, frame []byte) {
	_, _ = l.sys.Receive(now, l.Port(id), frame) // the System counts frames that are wrong
	l.settle(now)
	l.noteLoop(now, id, frame)
	if l.markers.Receive(now, l.Port(id), frame) {
		l.settleMarkers(now)
	}
}

// Sender returns the source address of a frame; zero if the frame is too short.
func Sender(frame []byte) (src lacp.MAC) {
	if len(frame) >= 12 {
		copy(src[:], frame[6:])
	}
	return src
}

// loop records a member's own LACPDUs that came back.
type loop struct {
	count uint64
	told  time.Time // when the last effect was added
}

// loopEvery is the least time between two effects of a lasting loop.
const loopEvery = time.Minute

// noteLoop reports own LACPDUs that come back. That may happen even while the member has a
// partner and carries data; its Reason does not show it then.
func (l *LACP) noteLoop(now time.Time, id ID, frame []byte) {
	n := l.sys.LoopedRx(l.Port(id))
	if !l.has(id) || n == l.members[id].loop.count {
		return
	}
	last := &l.members[id].loop
	last.count = n
	if last.told.IsZero() || now.Sub(last.told) >= loopEvery {
		last.told = now
		l.add(Effect{Kind: EffectLoop, Member: id, Source: Sender(frame)})
	}
}
