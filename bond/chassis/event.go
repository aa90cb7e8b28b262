package chassis

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// EventKind is what an [Event] is about.
type EventKind uint8

// The kinds of events. Each comment names the fields that are set besides At, Kind and LAG.
const (
	// EventActive: another chassis is active, or none (Chassis, Epoch; Cause if it is this one).
	EventActive EventKind = 1 + iota
	// EventPermission: this chassis may carry the LAG (Up, Epoch), or may not, or the reason has
	// changed (Reason).
	EventPermission
	// EventChassis: another chassis is heard (Chassis, Up), or is silent or its process has ended.
	EventChassis
	// EventStore: the store answers again (Up), or does not (Err).
	EventStore
	// EventDifference: a difference to another chassis has appeared (Chassis, Difference, Up) or is
	// gone.
	EventDifference
	// EventReport: a chassis publishes something that is not valid (Chassis, Err), or, if Chassis is
	// this one, its report is not published.
	EventReport
	// EventVeto: this chassis is active and well, and has vetoed a takeover by Chassis.
	EventVeto
	// EventIsolated: this chassis carries the LAG although it is isolated, by IsolationHold (Up), or
	// no longer.
	EventIsolated
	// EventName: another chassis has the name of this one.
	EventName
)

var eventNames = [...]string{"invalid", "Active", "Permission", "Chassis", "Store", "Difference", "Report", "Veto", "Isolated", "Name"}

// String returns the kind's name, such as "Active".
func (k EventKind) String() string {
	if int(k) >= len(eventNames) {
		return eventNames[0]
	}
	return eventNames[k]
}

// Event is one change of a LAG of the group. The fields that are set depend on Kind.
type Event struct {
	At         time.Time
	Kind       EventKind
	LAG        string
	Chassis    ID
	Up         bool
	Epoch      uint64
	Cause      Cause
	Reason     lacp.Reason // its Since is not set
	Difference Difference
	Err        error

	// Missed is how many events before this one were left out because the reader was slow.
	Missed int
}

// supersedes reports whether a reader that gets e can do without an older event.
func (e Event) supersedes(old Event) bool {
	return e.Kind == old.Kind && e.LAG == old.LAG && e.Chassis == old.Chassis && e.Difference.Name == old.Difference.Name
}
