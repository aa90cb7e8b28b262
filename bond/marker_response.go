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

// answer is a Marker Response that waits for data.
type answer struct {
	member *member
	mark   uint32
	until  time.Time
	frame  []byte
}

// answerMarker sends a Marker Response as soon as the data frames that the member has received
// so far have been delivered.
func (b *Bond) answerMarker(now time.Time, m *member, frame []byte) {
	if l, ok := m.link.(link.Sequencer); ok {
		if mark := l.Mark(); !l.Passed(mark) {
			b.answers = append(b.answers, answer{m, mark, now.Add(b.answerLimit), slices.Clone(frame)})
			b.answerAt = now.Add(answerLook)
			return
		}
	}
	b.sendAnswer(m, frame)
}

// sendAnswers sends the Marker Responses whose data has been delivered and those that have
// waited for the limit.
func (b *Bond) sendAnswers(now time.Time) {
	if b.answerAt.IsZero() || b.answerAt.After(now) {
		return
	}
	b.answers = slices.DeleteFunc(b.answers, func(a answer) bool {
		if a.member.phase != phaseGone && a.until.After(now) && !a.member.link.(link.Sequencer).Passed(a.mark) {
			return false
		}
		b.sendAnswer(a.member, a.frame)
		return true
	})
	b.answerAt = time.Time{}
	if len(b.answers) > 0 {
		b.answerAt = now.Add(answerLook)
	}
}

func (b *Bond) sendAnswer(m *member, frame []byte) {
	if m.phase == phaseGone {
		return
	}
	if err := m.link.WriteControl(frame); err != nil {
		b.log.Warn("Marker Response not sent", "member", m.link.Name(), "error", err)
	}
}
