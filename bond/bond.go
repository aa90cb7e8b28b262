package bond

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/announce"
	"github.com/lagkit/lagkit/internal/feed"
	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/internal/logq"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/moving"
	"github.com/lagkit/lagkit/internal/newest"
	"github.com/lagkit/lagkit/internal/outlive"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/internal/readiness"
	"github.com/lagkit/lagkit/internal/shares"
	"github.com/lagkit/lagkit/internal/waitlist"
	"github.com/lagkit/lagkit/internal/worker"
	"github.com/lagkit/lagkit/lacp"
)

// Bond is a link aggregation group. Use [New] or [Open] to make one; the zero value behaves
// like a closed bond. Its methods are safe for concurrent use.
type Bond struct {
	name   string
	log    *slog.Logger
	logs   *logq.Handler                      // the queue that log writes to; nil: log needs none
	inputs chan input                         // read by control
	states *newest.Queue[*member, link.State] // of members' links, and of the device for nil; read by control
	worker worker.Worker
	device link.Face // nil: the bond has no device
	dataPlane
	opening
	lifecycle
	pause pausing

	// Of the control goroutine:
	mode mode.Machine
	dev  deviceLife
	settings
	membership
	outgoing
	untold      bool // members may have changed since the last tellChanges
	republished bool // the mode has changed who carries data
	watchers    []*feed.Feed[Event]
}

// dataPlane is the plane that carries the data, and the last plan it was given.
type dataPlane struct {
	plane plane.Plane
	path  plane.DataPath // the same plane, if it is a DataPath; else nil
	ports sync.Map       // link.Port to *member, until the plane has released it
	view  atomic.Pointer[view]

	// Of the control goroutine:
	plan     *plane.Plan  // in use: the newest that the plane has accepted
	newest   *plane.Plan  // the newest that the plane was given
	async    *plane.Async // applies plans; nil: the plane does not wait
	work     pace.Work    // of the plane; while it is busy, only some of its methods can be called: see plane.Waiter
	refusal  pace.Refusal // of a plan: the bond has no path until the pause is over
	moving   moving.Flows
	outlives outlive.Life
	fenced   bool // the plane was given the permission, or needs none
}

// opening holds what the bond needs to open members after the start.
type opening struct {
	opener      *opener       // nil: the caller opens the links
	openerEnded chan struct{} // closed when awaitMembers has ended
	retry       chan struct{} // wakes awaitMembers
	setting     sync.Mutex    // serializes changes of settings and opening of members
}

// lifecycle records whether the bond runs, and how it ends.
type lifecycle struct {
	ready      *readiness.Readiness
	open       atomic.Bool // the bond takes frames
	keepDevice bool        // for a bond that will take this one's place
	closeOnce  sync.Once
	closeErr   error
	stopping   chan struct{}  // closed when the readers have to end
	closing    sync.WaitGroup // of the links of lost members
	stopped    chan struct{}  // closed when control has ended
	ended      chan struct{}  // closed when everything has ended
	last       Status         // the status after control has ended
	left       bool           // Close or Suspend has begun; owned by the control goroutine
}

// settings are the configuration and what follows from it.
type settings struct {
	cfg        Config
	generation uint64           // changes with cfg
	grownMTU   int              // the MTU that is about to become cfg's, if it is larger
	addr       net.HardwareAddr // of the device and the members
	system     net.HardwareAddr // of the System Identifier; same as addr until another program changes addr
	hasher     hash.Hasher
	shares     shares.Shares // of the members in the flows
	balanced   BalanceStatus // without Interval
}

// membership holds the members of the bond and the interfaces that are to become members.
type membership struct {
	members     roster        // by id; a member that is gone keeps its entry
	wanted      waitlist.List // interfaces that are to be members
	provisional bool          // addr is used until the first member brings its own
	former      []*member     // members that are gone but whose readers have not ended
	formerSum   Counters      // of the former members whose readers have ended
	linger      time.Duration // how long a leaving member still collects
	short       bool          // fewer members than MinLinks could carry data
	narrow      bool          // the members that could carry data have less than MinBandwidth
	enough      bool          // MinLinks was reached, and never fewer than MinLinksDown since
	gates       mode.Gates
	alone       bool // no member hears a partner, as the log says
	permission  Permission
	foreign     []lacp.Foreign // ports of other chassis
}

// outgoing holds the frames that the bond itself has to send.
type outgoing struct {
	announcer announce.Announcer
	answers   pace.Deferred // Marker Responses that wait until data is delivered
}

// Name returns the bond's name.
func (b *Bond) Name() string { return b.name }

// String returns the bond's name.
func (b *Bond) String() string { return b.name }

// HardwareAddr returns the bond's MAC address.
func (b *Bond) HardwareAddr() net.HardwareAddr {
	v := b.view.Load()
	if v == nil {
		return nil
	}
	return slices.Clone(v.addr)
}

// MTU returns the bond's MTU, in octets of payload.
func (b *Bond) MTU() int {
	v := b.view.Load()
	if v == nil {
		return 0
	}
	return v.mtu
}

// WaitReady waits until at least one member carries data. The error is ctx's, or
// [net.ErrClosed].
func (b *Bond) WaitReady(ctx context.Context) error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	if ctx == nil {
		ctx = context.Background()
	}
	return b.ready.Wait(ctx, b.stopped)
}

// tell hands an input to control. It returns false if the bond is closing.
func (b *Bond) tell(e input) bool {
	select {
	case b.inputs <- e:
		return true
	case <-b.stopping:
		return false
	}
}

// do runs f on the control goroutine and waits for it. It returns false if control has ended.
func (b *Bond) do(f func()) bool {
	if b.inputs == nil { // the zero value: it was never started
		return false
	}
	done := make(chan struct{})
	select {
	case b.inputs <- input{do: func() { f(); close(done) }}:
	case <-b.stopped:
		return false
	}
	select {
	case <-done:
		return true
	case <-b.stopped:
		return false
	}
}

// emit sends an event to all watchers. It runs on the control goroutine.
func (b *Bond) emit(e Event) {
	if len(b.watchers) == 0 {
		return
	}
	e.At = time.Now()
	for _, w := range b.watchers {
		w.Put(e)
	}
}

// input is one input of control: a slow-protocols frame, a link state, or a function to run on
// the control goroutine.
type input struct {
	member *member
	frame  intake.Frame
	link   *link.State
	why    string // why link is Removed; empty: the interface is gone
	do     func()
}

// later runs work, which may wait for the kernel, on the worker and passes its result to then
// on the control goroutine. It omits both once the bond is closing, or if work of the same name
// waits already; see [worker.Worker.Post].
func (b *Bond) later(name string, work func() error, then func(error)) {
	b.worker.Post(name, func() {
		err := work()
		b.tell(input{do: func() { then(err) }})
	})
}

// view is the part of the bond's state that other goroutines may read without asking control.
type view struct {
	members []*member // by id
	addr    net.HardwareAddr
	mtu     int
}

// engine returns the mode's LACP engine; nil in modes without a protocol.
func (b *Bond) engine() *mode.LACP {
	l, _ := b.mode.(*mode.LACP)
	return l
}

// kickOpener wakes the opener to try the missing interfaces that are due.
func (b *Bond) kickOpener() {
	select {
	case b.retry <- struct{}{}:
	default:
	}
}
