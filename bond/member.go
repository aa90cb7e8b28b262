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
	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// phase is the stage of a member's life.
type phase uint8

const (
	phaseActive  phase = iota
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
	drained   bool // by Drain: no data is sent on it
	usable    bool // distributes in the plan
	responder marker.Responder
	reported  report // in the last event
	memberLink
	memberSettings
}

// memberReaders tracks the goroutines that read a member, and how they end.
type memberReaders struct {
	readers  sync.WaitGroup
	stop     chan struct{}                        // closed when the member is gone
	ended    atomic.Bool                          // the readers have ended
	released chan struct{}                        // closed when the plane no longer uses it
	final    atomic.Pointer[plane.MemberCounters] // the plane's last counters, set before released is closed
}

// memberLink is the state of a member's link.
type memberLink struct {
	known    bool           // whether state was ever reported
	reports  uint64         // how many states were reported
	unseen   []controlFrame // frames that wait until the state has been read
	state    link.State     // as last reported
	seen     link.State     // as last passed to the mode
	due      time.Time      // when a change of carrier is passed to the mode; zero if none waits
	dueSince time.Time      // when that change arrived
}

// memberSettings is the configuration that a member's interface should have.
type memberSettings struct {
	addr       net.HardwareAddr // as set under MACActive; nil: its own
	changing   int              // changes under way: what the interface has now is not to be judged
	wantAddr   lacp.MAC         // zero: the address of its next report
	wantMTU    int
	shortSince time.Time // since when its MTU is lower than the bond's; zero if it is not
	repair     repair    // of changes that other programs made
}

// release records the plane's last counters of the member.
func (m *member) release(c plane.MemberCounters) {
	m.final.Store(&c)
	close(m.released)
}

// If a member is flooded with slow-protocols frames, its reader pauses for floodPause after
// each floodFrames frames beyond their budgets.
const (
	floodFrames = 64
	floodPause  = 10 * time.Millisecond
)

// controlPrefix is how much of a slow-protocols frame control looks at, in octets.
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
	in := intake.New(time.Now())
	for {
		n, err := m.link.ReadControl(buf)
		if err != nil {
			b.readerStopped(m, "slow-protocols", err)
			return
		}
		f := controlFrame{at: time.Now(), len: min(n, controlPrefix)}
		before := in.Partner()
		within := in.Admit(f.at, buf[:n], b.isMember)
		if partner := in.Partner(); partner != before {
			b.worker.post("", func() { b.setPartner(m, partner) })
		}
		if !within {
			// The pause bounds the time spent on a flood. Meanwhile the kernel drops.
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

// setPartner reports the partner to a link that queues the partner's LACPDUs separately.
func (b *Bond) setPartner(m *member, partner lacp.MAC) {
	if l, ok := m.link.(link.PartnerSetter); ok {
		if err := l.SetPartner(partner); err != nil && !errors.Is(err, net.ErrClosed) {
			b.log.Warn("partner's LACPDUs not queued separately", "member", m.link.Name(), "partner", partner, "error", err)
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
