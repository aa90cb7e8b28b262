package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// controller implements a mode: it decides which members carry data. The control goroutine
// calls all its methods.
type controller interface {
	// add adds a member, whose link is down at first.
	add(now time.Time, m *member) error
	// remove takes a member out of service gracefully.
	remove(now time.Time, m *member)
	// settingsChanged reports that the bond's configuration changed from old. The mode and the
	// bond's identity are the same.
	settingsChanged(now time.Time, old Config)
	// linkChanged reports that m.seen has changed.
	linkChanged(now time.Time, m *member)
	// receive processes a slow-protocols frame.
	receive(now time.Time, m *member, frame []byte)
	// advance does the work that is due.
	advance(now time.Time)
	// deadline returns when advance has to be called next; zero if nothing is due.
	deadline() time.Time
	// carries reports whether data received on the member is delivered, and whether data is
	// sent on it.
	carries(m *member) (collect, distribute bool)
	// reason returns why the member carries data or not.
	reason(m *member) lacp.Reason
	// status fills in the fields that depend on the mode.
	status(st *Status)
}
