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
		m.seen = m.state
		b.mode.linkChanged(now, m)
	}
}

// passDelayed passes on the states of links whose delay is over, and of a link that has come
// up while no member carries data: waiting would help no one.
func (b *Bond) passDelayed(now time.Time) {
	for _, m := range b.members {
		if !m.due.IsZero() && (!m.due.After(now) || m.state.Up && !b.ready.isUp()) {
			b.passState(now, m)
		}
	}
}

// Hold is what keeps a member from carrying data, or keeps it in use, regardless of the mode's
// decision.
type Hold uint8

// The values of Hold.
const (
	HoldNone      Hold = iota
	HoldUpDelay        // the link is up, but its up delay is not over
	HoldDownDelay      // the link is down, but its down delay is not over: it still counts as up
	HoldDrained        // by [Bond.Drain]: no data is sent on it
	HoldMinLinks       // fewer members than Config.MinLinks could carry data
	HoldDevice         // the bond's device is gone or set down
	HoldPlane          // the data plane refuses the plan that uses the member
	HoldAdminDown      // by Config.AdminDown
	HoldGate           // by [Bond.SetGate], in a mode without a protocol
)

var holdNames = [...]string{"", "UpDelay", "DownDelay", "Drained", "MinLinks", "Device", "Plane", "AdminDown", "Gate"}

// String returns "UpDelay", "DownDelay", "Drained", "MinLinks", "Device", "Plane",
// "AdminDown" or "Gate", empty for HoldNone.
func (h Hold) String() string {
	if int(h) >= len(holdNames) {
		return "invalid"
	}
	return holdNames[h]
}

func (b *Bond) hold(m *member) Hold {
	switch {
	case b.cfg.AdminDown && m.seen.Up:
		return HoldAdminDown
	case b.refusal.err != nil && m.seen.Up:
		return HoldPlane
	case b.dev.held && m.seen.Up:
		return HoldDevice
	case b.short && m.seen.Up:
		return HoldMinLinks
	case !m.due.IsZero() && m.state.Up:
		return HoldUpDelay
	case !m.due.IsZero():
		return HoldDownDelay
	case m.drained:
		return HoldDrained
	case b.gated(m):
		return HoldGate
	}
	return HoldNone
}
