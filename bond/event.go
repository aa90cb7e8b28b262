package bond

import (
	"context"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// EventKind says what an [Event] is about.
type EventKind uint8

// The kinds of events. For each it is said which fields beside At, Kind and, where
// it is about one, Member are set.
const (
	// EventBond: the bond carries data, or no longer (Up).
	EventBond EventKind = 1 + iota
	// EventMember: a member is given data or not (Up), or for another reason (Reason,
	// Hold). If a LACPDU caused that, Source is its sender.
	EventMember
	// EventLink: a member's link has changed (Up is the carrier, Link all of it).
	EventLink
	// EventActive: in ModeFailover another member is in use, or none (Member is empty).
	EventActive
	// EventAdded: a member was added.
	EventAdded
	// EventRemoved: a member was removed (Detail says why).
	EventRemoved
	// EventRenamed: a member's interface has another name (Detail). The member keeps its own.
	EventRenamed
	// EventAddr: a member's interface was given another MAC address by somebody
	// else (Detail). It is put back; Err is why that failed.
	EventAddr
	// EventMTU: the same with its MTU.
	EventMTU
	// EventOverrun: the kernel had more to say about a member's link than was
	// read in time. All was read again: nothing is missed but what came and went.
	EventOverrun
	// EventDrained: the partner no longer uses the member that Drain was called
	// for, in ModeLACP.
	EventDrained
	// EventSettings: the bond's settings have changed.
	EventSettings
	// EventConflict: the bond goes on with the MAC address of a member that has
	// left (Detail). If its interface comes into the same network the address is
	// there twice.
	EventConflict
	// EventFault: a member's interface was changed by another program in a way that has
	// no event of its own (Detail says what; Err is why it could not be undone), or it is
	// as it should be again (Up).
	EventFault
	// EventMissing: the bond waits for an interface that is not there or can't be opened
	// (Detail says why).
	EventMissing
	// EventDevice: the interface that the bond gives the host is gone, was made again, or
	// was changed by another program (Detail says what, Up whether the host can use it
	// now). Err is why it could not be followed or put back.
	EventDevice
	// EventLoop: a member receives its own LACPDUs (Source), in ModeLACP, while it
	// carries data (Up) or not. It comes at most once a minute for each member.
	EventLoop
	// EventPlane: the data plane refuses what the bond has decided (Err), or takes it
	// again (Up). Meanwhile no member carries data.
	EventPlane
)

var eventNames = [...]string{"", "Bond", "Member", "Link", "Active", "Added", "Removed", "Renamed", "Addr", "MTU", "Overrun", "Drained", "Settings", "Conflict", "Fault", "Missing", "Device", "Loop", "Plane"}

// String returns the kind's name, such as "Member".
func (k EventKind) String() string {
	if k == 0 || int(k) >= len(eventNames) {
		return "invalid"
	}
	return eventNames[k]
}

// Event is one change of a bond. Which fields are set depends on Kind.
type Event struct {
	At     time.Time
	Kind   EventKind
	Member string
	Up     bool
	Reason lacp.Reason
	Hold   Hold
	Link   link.State
	Source lacp.MAC // of the frame that caused it; zero: none did
	Detail string
	Err    error

	// Missed is how many events before this one were left out since the reader
	// was late. They were older states of what later events tell, except where
	// more than 192 things changed at once.
	Missed int
}

// Watch returns a channel of the bond's changes, from its present state on: that
// comes first, as one EventBond, and one EventMember for each member. It is closed
// when ctx is done or the bond is closed.
//
// A reader who is late holds up nobody. Up to 257 events wait for him; then of
// each kind and member only the newest is kept, and Missed counts the others.
func (b *Bond) Watch(ctx context.Context) <-chan Event {
	if ctx == nil {
		ctx = context.Background()
	}
	w := &watcher{wake: make(chan struct{}, 1), out: make(chan Event, watchBuffer)}
	started := b.do(func() {
		now := time.Now()
		up, _ := b.ready.get()
		w.put(Event{At: now, Kind: EventBond, Up: up})
		for _, m := range b.members {
			if m.phase != phaseGone {
				r := b.reason(m)
				w.put(Event{At: now, Kind: EventMember, Member: m.link.Name(), Up: m.usable, Reason: r, Hold: b.hold(m)})
			}
		}
		b.watchers = append(b.watchers, w)
	})
	if !started {
		close(w.out)
		return w.out
	}
	go w.run(ctx, b)
	return w.out
}

// emit tells all watchers. It runs on the control goroutine.
func (b *Bond) emit(e Event) {
	if len(b.watchers) == 0 {
		return
	}
	e.At = time.Now()
	for _, w := range b.watchers {
		w.put(e)
	}
}
