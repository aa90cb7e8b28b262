package bond

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/logq"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// Bond is a link aggregation group. Use [New] or [Open] to make one; the zero value behaves
// like a closed bond. Its methods are safe for concurrent use.
type Bond struct {
	name   string
	log    *slog.Logger
	logs   *logq.Handler // the queue that log writes to; nil: log needs none
	inputs chan input    // read by control
	worker worker
	device link.Device // nil: the bond has no device
	dataPlane
	opening
	lifecycle

	// Of the control goroutine:
	mode mode.Machine
	dev  deviceLife
	settings
	membership
	outgoing
	untold      bool // members may have changed since the last tellChanges
	republished bool // the mode has changed who carries data
	watchers    []*watcher
}

// dataPlane is the plane that carries the data, and the last plan it was given.
type dataPlane struct {
	plane plane.Plane
	path  plane.DataPath // the same plane, if it is a DataPath; else nil
	ports sync.Map       // link.Port to *member, until the plane has released it
	view  atomic.Pointer[view]

	// Of the control goroutine:
	plan     *plane.Plan // the newest that the plane has accepted
	refusal  refusal
	flushing flushing
}

// opening holds what the bond needs to open members after the start.
type opening struct {
	opener      opener        // nil: the caller opens the links
	openerEnded chan struct{} // closed when awaitMembers has ended
	retry       chan struct{} // wakes awaitMembers
	setting     sync.Mutex    // serializes changes of settings and opening of members
}

// lifecycle records whether the bond runs, and how it ends.
type lifecycle struct {
	ready      readiness
	open       atomic.Bool // the bond takes frames
	keepDevice bool        // for a bond that will take this one's place
	closeOnce  sync.Once
	closeErr   error
	stopping   chan struct{}  // closed when the readers have to end
	readers    sync.WaitGroup // of the device
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
	shares     *spread.Distributor // of the members' weights; nil: all have the same
}

// membership holds the members of the bond and the interfaces that are to become members.
type membership struct {
	members     []*member     // by id; a member that is gone keeps its entry
	wanted      []*wanted     // interfaces that are to be members
	provisional bool          // addr is used until the first member brings its own
	former      []*member     // members that are gone but whose readers have not ended
	formerSum   Counters      // of the former members whose readers have ended
	linger      time.Duration // how long a leaving member still collects
	short       bool          // fewer members than MinLinks could carry data
	narrow      bool          // the members that could carry data have less than MinBandwidth
	enough      bool          // MinLinks was reached, and never fewer than MinLinksDown since
	gates       gates
}

// outgoing holds the frames that the bond itself has to send.
type outgoing struct {
	announcing, rejoining repeater
	answers               []answer      // Marker Responses that wait until data is delivered
	answerAt              time.Time     // when to check them again; zero if no answer waits
	answerLimit           time.Duration // how long an answer may wait
}

// New makes a bond of links and starts it. It takes ownership of the links and of
// [Config.Device]. Close closes them, and so does New if it fails.
//
// The error is a [*ConfigError] or an error of the device.
func New(cfg Config, links ...link.Port) (*Bond, error) {
	b, err := newBond(cfg, links)
	if err != nil {
		closeLinks(links)
		if cfg.Device != nil {
			_ = cfg.Device.Close() // the cause is returned
		}
		return nil, err
	}
	b.start()
	return b, nil
}

func newBond(cfg Config, links []link.Port) (*Bond, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := checkLinks(&cfg, links); err != nil {
		return nil, err
	}
	if err := cfg.checkNames(linkNames(links)); err != nil {
		return nil, err
	}
	b := &Bond{name: cfg.Name, device: cfg.Device, inputs: make(chan input, 64)}
	b.cfg, b.addr = cfg, slices.Clone(cfg.HardwareAddr)
	b.linger, b.answerLimit, b.gates = defaultLinger, answerLimit, make(gates)
	b.stopping, b.stopped, b.ended = make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.retry = make(chan struct{}, 1)
	if b.addr == nil {
		b.addr = links[0].HardwareAddr()
	}
	var err error
	b.dev.held = cfg.AdminDown
	if b.system = cfg.SystemAddr; b.system == nil {
		b.system = b.addr
	}
	if b.hasher, err = cfg.newHasher(b.system); err != nil {
		return nil, err
	}
	if b.mode, err = b.newMode(time.Now()); err != nil {
		return nil, err
	}
	b.openLog()
	b.ready.init()
	if err := b.openPlane(cfg.Plane); err != nil {
		b.closeLog()
		return nil, err
	}
	if err := b.addFirst(time.Now(), links); err != nil {
		closeLinks(links) // this ends the plane's readers
		if b.device != nil {
			_ = b.device.Close() // the cause is returned
		}
		_ = b.plane.Close() // the same
		b.closeLog()
		return nil, err
	}
	return b, nil
}

// openPlane opens the configured plane. If p is nil it opens the plane in this process.
func (b *Bond) openPlane(p plane.Plane) error {
	if p == nil {
		p = user.New()
	}
	b.plane, b.plan = p, new(plane.Plan)
	b.path, _ = p.(plane.DataPath)
	return p.Open(b.host())
}

// addFirst adds the members that the bond starts with.
func (b *Bond) addFirst(now time.Time, links []link.Port) error {
	for i, l := range links {
		m := newMember(uint16(i), l)
		b.members = append(b.members, m)
		if m.phase != phaseGone {
			b.ports.Store(l, m)
		}
	}
	b.publish()
	if err := b.refusalOf(); err != nil {
		return err
	}
	b.open.Store(true)
	for _, m := range b.members {
		if m.phase == phaseGone {
			continue
		}
		if err := b.join(now, m); err != nil {
			return err
		}
	}
	return nil
}

// maxLinks is how many links a bond can have: the most members a plan numbers.
const maxLinks = 256

// checkLinks rejects links that can't form a bond. A bond without an address of its own needs
// a link to take one from.
func checkLinks(cfg *Config, links []link.Port) error {
	if n := len(links); n > maxLinks || n == 0 && cfg.HardwareAddr == nil {
		return &ConfigError{"links", strconv.Itoa(n) + " links", "1 to " + strconv.Itoa(maxLinks)}
	}
	names := make(map[string]bool)
	for _, l := range links {
		if l == nil {
			return &ConfigError{"links", "nil", "links"}
		}
		if names[l.Name()] {
			return &ConfigError{"links", l.Name(), "each link once"}
		}
		names[l.Name()] = true
		if _, missing := l.(absent); missing {
			continue
		}
		if err := checkLink(l); err != nil {
			return err
		}
	}
	return nil
}

func linkNames(links []link.Port) []string {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Name()
	}
	return names
}

func (b *Bond) start() {
	if b.device != nil {
		b.startDevice()
	}
	for _, m := range b.members {
		if m.phase != phaseGone {
			b.startMember(m)
		}
	}
	go b.control()
	if b.opener != nil {
		b.openerEnded = make(chan struct{})
		go b.awaitMembers()
	}
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
	for {
		up, changed := b.ready.get()
		if up {
			return nil
		}
		select {
		case <-changed:
		case <-b.stopped:
			return net.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close is CloseContext without a limit.
func (b *Bond) Close() error { return b.CloseContext(context.Background()) }

// CloseContext stops the bond gracefully. It stops distributing, sends on each member a last
// LACPDU with Synchronization, Collecting and Distributing clear, and closes the device and
// the links, which restores the interfaces. It waits until all of that is done or ctx is done.
// If ctx is done first, the error is ctx's, closing continues, and another call waits for it.
// Otherwise the error is the first one of closing a link or the device.
func (b *Bond) CloseContext(ctx context.Context) error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	if ctx == nil {
		ctx = context.Background()
	}
	b.closeOnce.Do(func() { go b.close() })
	select {
	case <-b.ended:
		return b.closeErr
	case <-ctx.Done():
		select {
		case <-b.ended:
			return b.closeErr
		default:
			return ctx.Err()
		}
	}
}

// close does the work that Close waits for.
func (b *Bond) close() {
	defer close(b.ended)
	b.do(b.leave)
	b.open.Store(false)
	close(b.stopping)
	<-b.stopped
	b.worker.stop()
	if b.opener != nil {
		<-b.openerEnded
		defer func() { b.noteClose(b.opener.close()) }()
	}
	for _, m := range b.members {
		if m.phase != phaseGone {
			b.noteClose(m.link.Close())
		}
	}
	if b.device != nil {
		b.noteClose(b.closeDevice())
	}
	b.noteClose(b.plane.Close())
	b.readers.Wait()
	for _, m := range b.members {
		m.readers.Wait()
	}
	b.closing.Wait()
	b.closeLog()
}

func (b *Bond) noteClose(err error) {
	if b.closeErr == nil {
		b.closeErr = err
	}
}

// setUp records and reports whether the bond carries data. showDevice passes that on to the
// device.
func (b *Bond) setUp(up bool) {
	if !b.ready.set(up) {
		return
	}
	if up {
		b.log.Info("bond is up")
	} else {
		b.log.Warn("bond is down")
	}
	b.emit(Event{Kind: EventBond, Up: up})
	if up {
		b.startAnnouncing(time.Now())
	} else {
		b.stopAnnouncing()
	}
}

// Suspend ends the bond like [Bond.CloseContext], but without the last LACPDU: the partners
// keep using the links until they miss our LACPDUs. Pass the result as Config.Restore to a new
// bond with the same settings before that, and the partners see no change at all; what they
// send in between is lost. Only ModeLACP has state to save. A bond with
// [OpenConfig.KeepDevice] leaves its device to the next Open. The error is that of
// CloseContext.
func (b *Bond) Suspend(ctx context.Context) (lacp.Saved, error) {
	var saved lacp.Saved
	if !b.do(func() {
		if l := b.engine(); l != nil && !b.left {
			saved = l.System().Save(time.Now())
		}
		b.left = true
		b.dev.keep = b.keepDevice
	}) {
		return saved, net.ErrClosed
	}
	return saved, b.CloseContext(ctx)
}

// History returns the last transitions of a member's LACP machines, oldest first, at most
// [lacp.HistoryLen]. In other modes it returns none. The error is a [*ConfigError] or
// [net.ErrClosed].
func (b *Bond) History(name string) (h []lacp.Transition, err error) {
	name = b.canonical(name)
	err = net.ErrClosed
	b.do(func() {
		var m *member
		if m, err = b.find(name); err != nil {
			return
		}
		if l := b.engine(); l != nil {
			h = l.System().History(l.Port(m.id))
		}
	})
	return h, err
}
