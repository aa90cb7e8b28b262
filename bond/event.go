package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// EventKind says what an [Event] is about.
type EventKind uint8

// The kinds of events. Each comment names the fields that are set besides At, Kind and, if the
// event is about a member, Member.
const (
	// EventBond: the bond began to carry data, or stopped (Up).
	EventBond EventKind = 1 + iota
	// EventMember: a member began to carry data or stopped (Up), or its reason changed
	// (Reason, Hold). If a LACPDU caused that, Source is its sender.
	EventMember
	// EventLink: a member's link has changed (Up is the carrier, Link the whole state).
	EventLink
	// EventActive: ModeFailover uses another member, or no member (Member is empty).
	EventActive
	// EventAdded: a member was added.
	EventAdded
	// EventRemoved: a member was removed (Detail says why).
	EventRemoved
	// EventRenamed: a member's interface has another name (Detail). The member keeps its own.
	EventRenamed
	// EventAddr: another program changed the MAC address of a member's interface to Detail.
	// The bond puts its own back; Err is why that failed.
	EventAddr
	// EventMTU: another program changed the MTU of a member's interface to Detail. The bond
	// puts its own back; Err is why that failed.
	EventMTU
	// EventOverrun: the kernel reported changes of a member's link faster than they were read.
	// The whole state was read again, so only changes that were reversed meanwhile are missed.
	EventOverrun
	// EventDrained: in ModeLACP, the partner no longer uses the member that Drain was called
	// for.
	EventDrained
	// EventSettings: the bond's settings have changed.
	EventSettings
	// EventConflict: the bond keeps the MAC address of a member that has left (Detail). If
	// that interface joins the same network, the address is there twice.
	EventConflict
	// EventFault: another program changed a member's interface in a way that has no event of
	// its own (Detail says what; Err is why the change could not be undone), or the interface
	// is as it should be again (Up).
	EventFault
	// EventMissing: the bond waits for an interface that does not exist or can't be opened
	// (Detail says why).
	EventMissing
	// EventDevice: the interface that the bond gives the host is gone, was made again, or was
	// changed by another program (Detail says what, Up whether the host can use it now). Err
	// is why the bond could not follow or undo the change.
	EventDevice
	// EventLoop: in ModeLACP, a member receives its own LACPDUs (Source). Up is whether it
	// carries data. The event comes at most once a minute for each member.
	EventLoop
	// EventPlane: the data plane refuses the bond's plan or has not carried it out within a second
	// (Err), or accepts plans again (Up). While it refuses them no member carries data. While it is
	// late the members carry data by the plan before.
	EventPlane
	// EventBalanced: flows have moved because of the members' load (Detail: how many buckets).
	EventBalanced
)

var eventNames = []string{"invalid", "Bond", "Member", "Link", "Active", "Added", "Removed", "Renamed", "Addr", "MTU", "Overrun", "Drained", "Settings", "Conflict", "Fault", "Missing", "Device", "Loop", "Plane", "Balanced"}

// String returns the kind's name, such as "Member".
func (k EventKind) String() string { return label(k, eventNames) }

// Event is one change of a bond. The fields that are set depend on Kind.
type Event struct {
	At     time.Time
	Kind   EventKind
	Member string
	Up     bool
	Reason lacp.Reason
	Hold   Hold
	Link   link.State
	Source lacp.MAC // of the frame that caused it; zero if no frame did
	Detail string
	Err    error

	// Missed is how many events before this one were left out because the reader was slow.
	// Later events superseded them, except where more than 192 things changed at once.
	Missed int
}

// supersedes reports whether a reader that gets e can do without an older event.
func (e Event) supersedes(old Event) bool { return e.Kind == old.Kind && e.Member == old.Member }
