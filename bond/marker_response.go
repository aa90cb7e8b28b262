package bond

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/marker"
)

// A Marker Response means that everything received before the Marker has been passed on
// (6.5.4.2). The bond delays the response until then, but not for ever, because a partner that
// waits holds up flows. A full socket is read within milliseconds, and within a few hundred on
// a busy machine; partners wait for a second or more.
const (
	answerLimit = marker.DefaultTimeout / 2
	answerLook  = 200 * time.Microsecond
)

// answerMarker sends a Marker Response as soon as the data frames that the member has received
// so far have been delivered.
func (b *Bond) answerMarker(now time.Time, m *member, frame []byte) {
	if l, ok := m.link.(link.Sequencer); ok {
		if mark := l.Mark(); !l.Passed(mark) {
			passed := func() bool { return m.phase == phaseGone || l.Passed(mark) }
			frame := slices.Clone(frame)
			b.answers.Add(now, passed, func() { b.sendAnswer(m, frame) })
			return
		}
	}
	b.sendAnswer(m, frame)
}

func (b *Bond) sendAnswer(m *member, frame []byte) {
	if m.phase != phaseGone {
		b.write(m, "Marker Response", frame)
	}
}
