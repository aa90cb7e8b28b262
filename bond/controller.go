package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// controller is a mode at work: it decides which members carry data. All its
// methods are called by the control goroutine.
type controller interface {
	// add takes up a member whose link is down so far.
	add(now time.Time, m *member) error
	// remove takes a member out of service in good order.
	remove(now time.Time, m *member)
	// settingsChanged says that the bond's configuration has; old is what it was.
	// Mode and identity of the bond are the same.
	settingsChanged(now time.Time, old Config)
	// linkChanged says that m.seen has changed.
	linkChanged(now time.Time, m *member)
	// receive takes a slow-protocols frame.
	receive(now time.Time, m *member, frame []byte)
	// advance does what is due.
	advance(now time.Time)
	// deadline is when advance has to be called; zero if nothing is due.
	deadline() time.Time
	// carries says whether the member's data is taken, and whether it is given any.
	carries(m *member) (collect, distribute bool)
	// reason says why the member carries data or not.
	reason(m *member) lacp.Reason
	// status fills in what the mode knows.
	status(st *Status)
}
