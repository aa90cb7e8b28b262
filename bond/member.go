package bond

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// phase is how far a member is in its life.
type phase uint8

const (
	phaseActive  phase = iota
	phaseLeaving       // the mode no longer knows it, but it still collects
	phaseGone          // it keeps its place, for a member of the same name
)

// member is one link of a bond with what belongs to it.
type member struct {
	id   uint16 // index in Bond.members
	link link.Port
	own  lacp.MAC // the source of its LACPDUs

	controlLimited atomic.Uint64 // slow-protocols frames ignored
	memberReaders

	// The rest belongs to the control goroutine.
	phase     phase
	drained   bool // given no data by order of the operator
	usable    bool // in the plan
	mux       lacp.Mux
	responder marker.Responder
	reported  report // the last event
	memberLink
	memberSettings
}

// memberReaders are what reads a member, and how that ends.
type memberReaders struct {
	readers  sync.WaitGroup
	stop     chan struct{}                        // closed when the member is gone
	ended    atomic.Bool                          // the readers have
	released chan struct{}                        // closed when the plane has done with it
	final    atomic.Pointer[plane.MemberCounters] // what the plane counted, then
}

// memberLink is the state of a member's link.
type memberLink struct {
	known    bool       // whether state is
	state    link.State // as last reported
	seen     link.State // what the mode has been told
	due      time.Time  // when the mode is told of a change of carrier; zero: at once
	dueSince time.Time  // when that change came
}

// memberSettings are what a member's interface should have.
type memberSettings struct {
	addr       net.HardwareAddr // what it was given under MACActive; nil: its own
	wantAddr   lacp.MAC         // zero: whatever it has next
	wantMTU    int
	shortSince time.Time // since when it has a lower MTU than the bond; zero: it has not
	repair     repair    // of what other programs change
}

// release takes the last counters of the plane.
func (m *member) release(c plane.MemberCounters) {
	m.final.Store(&c)
	close(m.released)
}

// A member that is flooded with slow-protocols frames is not read for floodPause after
// each floodFrames frames beyond their budgets.
const (
	floodFrames = 64
	floodPause  = 10 * time.Millisecond
)

// controlPrefix is how much of a slow-protocols frame is looked at.
const controlPrefix = 160

// controlFrame is a received slow-protocols frame on its way to control.
type controlFrame struct {
	at   time.Time
	len  int
	data [controlPrefix]byte
}

// readControl passes the member's slow-protocols frames to control.
func (b *Bond) readControl(m *member) {
	defer m.readers.Done()
	buf := make([]byte, 2048)
	in := newIntake(time.Now())
	for {
		n, err := m.link.ReadControl(buf)
		if err != nil {
			b.readerStopped(m, "slow-protocols", err)
			return
		}
		f := controlFrame{at: time.Now(), len: min(n, controlPrefix)}
		partner := in.partner
		within := in.admit(f.at, buf[:n], b.isMember)
		if in.partner != partner {
			b.setPartner(m, in.partner)
		}
		if !within {
			// Looking away bounds the time that a flood takes; the kernel drops.
			if m.controlLimited.Add(1)%floodFrames == 0 {
				select {
				case <-time.After(floodPause):
				case <-b.stopping:
					return
				}
			}
			continue
		}
		copy(f.data[:], buf[:n])
		if !b.tell(input{member: m, frame: f}) {
			return
		}
	}
}

// isMember reports whether an address is that of a member.
func (b *Bond) isMember(addr lacp.MAC) bool {
	return slices.ContainsFunc(b.view.Load().members, func(m *member) bool { return m.own == addr })
}

// setPartner names the partner to a link that queues its LACPDUs apart.
func (b *Bond) setPartner(m *member, partner lacp.MAC) {
	if l, ok := m.link.(link.PartnerSetter); ok {
		if err := l.SetPartner(partner); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("partner's LACPDUs not queued apart", "member", m.link.Name(), "partner", partner, "error", err)
		}
	}
}

// readChanges passes the member's link states to control.
func (b *Bond) readChanges(m *member) {
	defer m.readers.Done()
	for {
		select {
		case st, ok := <-m.link.Changes():
			if !ok || !b.tell(input{member: m, link: &st}) {
				return
			}
		case <-m.stop:
			return
		case <-b.stopping:
			return
		}
	}
}
