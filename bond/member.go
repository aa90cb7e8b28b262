package bond

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/internal/promises"
	"github.com/lagkit/lagkit/internal/repair"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// phase is the stage of a member's life.
type phase uint8

const (
	phaseActive  phase = iota
	phaseJoining       // waits until the plane has taken it
	phaseLeaving       // removed from the mode, but still collecting
	phaseGone          // keeps its id for a member of the same name
)

// member is one link of a bond and its state.
type member struct {
	id   uint16 // index in Bond.members
	link link.Port
	own  lacp.MAC // the source of its LACPDUs

	controlLimited atomic.Uint64 // slow-protocols frames ignored
	memberReaders

	// The rest belongs to the control goroutine.
	phase     phase
	added     time.Time
	drained   bool // by Drain: no data is sent on it
	wanted    bool // distributes in the newest plan
	usable    bool // distributes in the plan in use
	responder marker.Responder
	reported  report // in the last event
	memberLink
	memberSettings
	waiting promises.Frames // for a plan
}

// memberReaders tracks the goroutines that read a member, and how they end.
type memberReaders struct {
	readers  sync.WaitGroup
	ended    atomic.Bool                          // the readers have ended
	released chan struct{}                        // closed when the plane no longer uses it
	final    atomic.Pointer[plane.MemberCounters] // the plane's last counters, set before released is closed
}

// memberLink is the state of a member's link.
type memberLink struct {
	known    bool           // whether state was ever reported
	reports  uint64         // how many states were reported
	unseen   []intake.Frame // frames that wait until the state has been read
	state    link.State     // as last reported
	seen     link.State     // as last passed to the mode
	due      time.Time      // when a change of carrier is passed to the mode; zero if none waits
	dueSince time.Time      // when that change arrived
	failures uint64         // how often seen went down
}

// memberSettings is the configuration that a member's interface should have.
type memberSettings struct {
	addr       net.HardwareAddr // as set under MACActive; nil: its own
	changing   int              // changes under way: what the interface has now is not to be judged
	want       repair.Wanted
	shortSince time.Time    // since when its MTU is lower than the bond's; zero if it is not
	repair     repair.State // of changes that other programs made
}

// release records the plane's last counters of the member.
func (m *member) release(c plane.MemberCounters) {
	m.final.Store(&c)
	close(m.released)
}

// report is the state of a member as last reported.
type report struct {
	reason lacp.ReasonCode
	usable bool
	hold   Hold
}

func newMember(id uint16, l link.Port) *member {
	m := &member{id: id, link: l, added: time.Now(), reported: report{reason: lacp.ReasonLinkDown}}
	m.released = make(chan struct{})
	if isAbsent(l) {
		m.phase = phaseGone
		return m
	}
	m.own = lacp.MAC(l.HardwareAddr())
	m.responder = marker.Responder{Source: m.own}
	return m
}

// memberIn returns a member's part in a plan; the zero value if it has none.
func memberIn(p *plane.Plan, id uint16) plane.Member {
	if int(id) < len(p.Members) {
		return p.Members[id]
	}
	return plane.Member{}
}

// absent is the placeholder in a bond's list of members for an interface that has never been a
// member.
type absent struct {
	link.Port
	name string
}

func (a absent) Name() string { return a.name }

func isAbsent(l link.Port) bool {
	_, missing := l.(absent)
	return missing
}

// roster is the members of a bond, by id.
type roster []*member

// active yields the members that are in the mode.
func (r roster) active(yield func(*member) bool) {
	for _, m := range r {
		if m.phase == phaseActive && !yield(m) {
			return
		}
	}
}

// linksKnown reports whether the states of the links of all active members are known.
func (r roster) linksKnown() bool {
	for m := range r.active {
		if !m.known {
			return false
		}
	}
	return true
}

// present yields the members that are not gone.
func (r roster) present(yield func(*member) bool) {
	for _, m := range r {
		if m.phase != phaseGone && !yield(m) {
			return
		}
	}
}
