package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// linkChanged records a link's new state and passes it to the mode, after the up or down delay
// if the carrier changed.
func (b *Bond) linkChanged(now time.Time, m *member, st link.State) {
	m.state = st
	if st.Up == m.seen.Up {
		m.due = time.Time{}
		b.passState(now, m)
		return
	}
	delay := b.cfg.DownDelay
	if st.Up {
		delay = b.cfg.UpDelay
	}
	switch {
	case delay == 0:
		b.passState(now, m)
	case m.due.IsZero():
		m.due, m.dueSince = now.Add(delay), now
	}
}

// passState passes the state of the member's link to the mode.
func (b *Bond) passState(now time.Time, m *member) {
	m.due = time.Time{}
	if m.seen != m.state {
		if m.seen.Up && !m.state.Up {
			m.failures++
		}
		m.seen = m.state
		b.mode.SetLink(now, m.id, m.seen.Link)
		b.applyEffects(now)
	}
}

// passDelayed passes on the states of links whose delay is over, and of a link that has come
// up while no member carries data: waiting would help no one.
func (b *Bond) passDelayed(now time.Time) {
	for _, m := range b.members {
		if !m.due.IsZero() && (!m.due.After(now) || m.state.Up && !b.ready.Up()) {
			b.passState(now, m)
		}
	}
}
