package mode

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// ID is the number of a member, from 0. It is free again when the member has been removed.
type ID = uint16

// None is no member.
const None ID = 1<<16 - 1

// Member is a member and its settings.
type Member struct {
	ID      ID
	Drained bool                 // no data is to be sent on it
	Gates   map[string]lacp.Gate // hold it out; the machine does not change the map

	// Port is the configuration of its LACP port. The machine sets Number and PartnerAdmin.
	Port lacp.PortConfig

	Primary  bool // [Failover] prefers it to all others
	Priority int  // [Failover] prefers a higher one
}

// Machine decides which members carry data.
type Machine interface {
	// Add adds a member, whose link is down at first.
	Add(now time.Time, m Member) error
	// Remove takes a member out of service gracefully.
	Remove(now time.Time, id ID)
	// Configure replaces the settings of the machine and of all members, which are those added
	// and not removed. The settings have been checked: an error is one of this program.
	Configure(now time.Time, s Settings, members []Member) error
	// Permit changes the permission to carry data.
	Permit(now time.Time, p Permission)
	// SetLink reports the state of a member's link.
	SetLink(now time.Time, id ID, l lacp.Link)
	// Receive processes a slow-protocols frame.
	Receive(now time.Time, id ID, frame []byte)
	// Advance does the work that is due.
	Advance(now time.Time)
	// Deadline returns when Advance has to be called next; zero if nothing is due.
	Deadline() time.Time
	// SendFailed reports that a frame could not be sent.
	SendFailed(now time.Time, e Effect)

	// Effects returns what the inputs have caused since the last call. The result is valid until
	// the next input or call.
	Effects() []Effect

	// Carries reports whether data received on a member is delivered, and whether data is sent on
	// it.
	Carries(id ID) (collect, distribute bool)
	// Code returns the code of the reason why the member's own state is as it is.
	Code(id ID) lacp.ReasonCode
	// Reason returns why the member carries data or not.
	Reason(id ID) lacp.Reason
}

// Flusher is a [Machine] that finds out when a member's path is empty.
type Flusher interface {
	// Flush asks on each of the members whether what was sent on it has arrived. An
	// [EffectEmpty] with the generation, at most one for each member, says that everything sent
	// on it before the call has arrived. It may never come.
	Flush(now time.Time, generation uint64, ids []ID)

	// Delivers reports whether frames already sent on a member still arrive after it stopped
	// distributing.
	Delivers(id ID) bool

	// Forget reports that nothing more is sent or received on a member that has been removed.
	Forget(now time.Time, id ID)
}

// Settings are the settings of a [Machine].
type Settings struct {
	// Held takes all members out of service until it is false again.
	Held bool

	Permission Permission

	LACP   LACPSettings
	Static StaticSettings
}

// EffectKind is what an [Effect] asks for.
type EffectKind uint8

// The values of EffectKind.
const (
	EffectCarry    EffectKind = iota // what Carries returns has changed: a later effect relies on it
	EffectSend                       // Frame is to be sent on Member; SendFailed reports a failure
	EffectEmpty                      // what was sent on Member before the Flush of Generation has arrived
	EffectActive                     // Member is the active one now, to be announced; or None
	EffectAnnounce                   // stations have moved to other members, to be announced
	EffectDrained                    // Member carries no data any more, in either direction
	EffectLoop                       // a LACPDU of Member came back from Source
	EffectFailed                     // Err, about Member, kept the machine from doing what it should
)

// Effect is something that a machine asks for, or reports.
type Effect struct {
	Kind       EffectKind
	Member     ID
	Frame      []byte   // with Ethernet header, without FCS
	Generation uint64   // as passed to Flush
	Source     lacp.MAC // the frame's sender
	Err        error

	marker      bool   // Frame is a Marker, else a LACPDU
	transaction uint32 // of the Marker
}

// effects is a list of effects.
type effects struct {
	list   []Effect
	frames []byte // holds the frames of list
	taken  bool   // list was returned: the next effect begins a new one
}

func (f *effects) add(e Effect) {
	if f.taken {
		f.list, f.frames, f.taken = f.list[:0], f.frames[:0], false
	}
	f.list = append(f.list, e)
}

// send adds a frame that appendTo appends.
func (f *effects) send(e Effect, appendTo func([]byte) []byte) {
	f.add(e)
	start := len(f.frames)
	f.frames = appendTo(f.frames)
	f.list[len(f.list)-1].Frame = f.frames[start:len(f.frames):len(f.frames)]
}

// Effects implements [Machine].
func (f *effects) Effects() []Effect {
	if f.taken {
		return nil
	}
	f.taken = true
	return f.list
}
