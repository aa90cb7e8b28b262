package ebpf

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// DefaultPins is where a system that mounts a BPF file system has it.
const DefaultPins = "/sys/fs/bpf/lagkit"

// Config describes a [Plane].
type Config struct {
	// Pins is a directory in a BPF file system where the plane makes one for its bond, named by
	// the network namespace and the device. What is pinned there carries frames without a
	// process. Empty: the plane ends with Close and, from Linux 6.6 on, with the process. See
	// [CheckPins].
	Pins string

	// A plan may move a flow from one member that distributes to another. The flow stays on the
	// old one until it has paused for longer than Pause, at most for MoveWithin. So no frame
	// overtakes another if the members' delays differ by less than Pause. 0 means DefaultPause
	// and DefaultMoveWithin.
	Pause, MoveWithin time.Duration

	onlyFilters bool // even if the kernel has TCX
}

// The defaults of [Config].
const (
	DefaultPause      = time.Millisecond
	DefaultMoveWithin = 20 * time.Millisecond
)

// Plane carries a bond's frames in the kernel. Use [New] to make one. Its methods may be called
// from one goroutine at a time, but MemberCounters, Counters, Send and Extend from any.
type Plane struct {
	cfg    Config
	host   plane.Host
	device *Device
	pins   pins
	hooks  hooks
	plan   *plane.Plan // in use; nil: none of this process
	tx     hook
	sends  sends
	found  map[uint32]hook // left by an earlier process, until the first plan
	keep   bool
	heir   bool     // it goes on with the programs of the process before, or not at all
	before []uint64 // octets of each bucket of the table when counting began

	unsaved bool  // the maps are not pinned yet
	late    error // what failed after a plan was in use

	lasts, permitted uint64 // when frames stop passing, in nanoseconds since boot; 0: never

	mu      sync.Mutex // guards maps and members, and writing plan
	maps    *maps
	members map[link.Port]*member
}

// sends is what a transmit program depends on.
type sends struct {
	spread plane.Spread
	hash   hash.Hasher // of plane.SpreadFlows
	counts bool        // octets of buckets
}

func sendsOf(p *plane.Plan) sends {
	s := sends{spread: p.Spread, counts: counts(p)}
	if p.Spread == plane.SpreadFlows {
		s.hash = p.Hash
	}
	return s
}

// New returns a plane that is not open.
func New(cfg Config) *Plane {
	if cfg.Pause == 0 {
		cfg.Pause = DefaultPause
	}
	if cfg.MoveWithin == 0 {
		cfg.MoveWithin = DefaultMoveWithin
	}
	return &Plane{cfg: cfg, members: make(map[link.Port]*member)}
}

// Open starts the plane. The bond's device must be a [*Device], and its members interfaces in
// the device's network namespace. If an earlier process has left its programs and maps, they go
// on with their last plan until the first call of Apply. Open needs the rights that Check reports.
func (p *Plane) Open(h plane.Host) error {
	device, ok := h.Device.(*Device)
	if !ok {
		return &lacp.FieldError{Field: "Device", Value: fmt.Sprintf("%T", h.Device), Allowed: "a device of package ebpf"}
	}
	p.host, p.device = h, device
	p.pins = pinsOf(p.cfg.Pins, device.veth.ns, device.Name())
	if err := p.pins.make(); err != nil {
		return fmt.Errorf("open data plane: %w", err)
	}
	var err error
	if p.maps, err = p.pins.loadMaps(); errors.Is(err, os.ErrNotExist) || errors.Is(err, errLayout) {
		p.maps, err = newMaps()
		p.unsaved = true
	}
	if err != nil {
		return fmt.Errorf("open data plane: %w", explain(err))
	}
	if err := p.openHooks(); err != nil {
		err = errors.Join(fmt.Errorf("open data plane: %w", explain(err)), p.maps.close())
		p.maps = nil
		return err
	}
	if p.heir && !p.Kept() {
		err := errors.Join(errors.New("open data plane: the process before has left no programs here"), p.hooks.close(), p.maps.close())
		p.maps = nil
		return err
	}
	return nil
}

// openHooks finds the hooks that an earlier process left.
func (p *Plane) openHooks() (err error) {
	if p.hooks, err = openHooks(p.device.veth.ns, p.device.Name(), p.pins, p.cfg.onlyFilters); err != nil {
		return err
	}
	if p.found, err = p.hooks.left(); err != nil {
		return errors.Join(err, p.hooks.close())
	}
	peer := uint32(p.device.Peer())
	p.tx = p.found[peer]
	delete(p.found, peer)
	return nil
}

// Hook returns where the programs are attached: "TCX" from Linux 6.6 on, otherwise "clsact". The
// plane must be open.
func (p *Plane) Hook() string { return p.hooks.kind() }

// Apply makes a plan the one in use. It takes microseconds, but some milliseconds if a member is
// new, or if the policy of the hash, the spread or whether buckets are counted is another. Then it
// waits for the kernel's lock of network interfaces. The error is a [*lacp.FieldError] for a plan
// that this plane can't carry out.
func (p *Plane) Apply(next *plane.Plan) error {
	if p.plan != nil && p.plan.Generation == next.Generation {
		return nil // only Settled differs
	}
	added, slots, err := p.assign(next)
	if err != nil {
		return err
	}
	img, err := compile(next, slots)
	if err != nil {
		return err
	}
	p.maps.set(entryPeer, uint64(p.device.Peer()))
	if p.plan == nil {
		// Programs that an earlier process left with these maps follow the plan from now on. New
		// maps have it before a program uses them.
		p.maps.swap(img)
		if err := p.saveMaps(); err != nil {
			return fmt.Errorf("pin maps: %w", err)
		}
	}
	if err := p.countBuckets(next); err != nil {
		return err
	}
	if err := p.attach(next, added); err != nil {
		return err
	}
	if p.plan != nil {
		img[halfMoves] = p.movesUntil(next)
		p.maps.swap(img)
	}
	p.finish(next, added)
	return nil
}

// ApplyWaits marks a [plane.Waiter]: Apply may wait for the kernel's lock of network interfaces.
func (p *Plane) ApplyWaits() {}

// movesUntil returns when all flows must have moved to the next plan; 0: they move at once.
func (p *Plane) movesUntil(next *plane.Plan) uint64 {
	if !next.Hold || next.Spread != plane.SpreadFlows || p.plan.Spread != plane.SpreadFlows || next.Hash != p.plan.Hash {
		return 0
	}
	return clock(unix.CLOCK_MONOTONIC) + uint64(p.cfg.MoveWithin)
}

// clock returns the time of a clock in nanoseconds.
func clock(id int32) uint64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0 // every kernel has the clocks used here
	}
	return uint64(ts.Nano())
}

// saveMaps pins the maps unless they are.
func (p *Plane) saveMaps() error {
	if !p.unsaved {
		return nil
	}
	err := p.pins.saveMaps(p.maps)
	p.unsaved = err != nil
	return err
}

// finish ends what the plan, which is in use by now, does not need. Close returns what fails.
func (p *Plane) finish(next *plane.Plan, added map[link.Port]*member) {
	for _, m := range added {
		delete(p.found, m.index)
		if m.from != nil {
			m.from.rx = nil
		}
	}
	errs := append(p.release(next), p.removeFound())
	p.mu.Lock()
	defer p.mu.Unlock()
	for port, m := range added {
		if m.from != nil {
			errs = append(errs, p.maps.clearMember(m.slot))
			m.from = nil
		}
		p.members[port] = m
	}
	p.plan = next
	p.late = errors.Join(p.late, errors.Join(errs...))
}

// Extend makes frames pass for a time from now, counted also while the machine sleeps
// (CLOCK_BOOTTIME): a plane without a process stops by itself then. 0, the value of a new plane,
// is for ever. After a sleep of the machine, frames may still pass until the kernel's next tick. An
// adopted plane keeps its value. The plane must be open.
func (p *Plane) Extend(lasts time.Duration) {
	p.lasts = 0
	if lasts > 0 {
		p.lasts = clock(unix.CLOCK_BOOTTIME) + uint64(lasts)
	}
	p.setUntil()
}

// Permit lets frames pass until a time of [plane.Clock], if [Plane.Extend] does too. A new plane
// lets them pass forever. An adopted plane keeps its value until one of the two is called. The
// plane must be open.
func (p *Plane) Permit(until time.Duration) {
	p.permitted = 0
	if until < plane.Forever/2 {
		// The clock is read last: a pause in between makes the time earlier.
		now := clock(unix.CLOCK_BOOTTIME)
		p.permitted = uint64(max(int64(now)+int64(until-plane.Clock()), 1))
	}
	p.setUntil()
}

// setUntil writes the earlier of the two times until when frames pass.
func (p *Plane) setUntil() {
	until := p.lasts
	if p.permitted != 0 && (until == 0 || p.permitted < until) {
		until = p.permitted
	}
	p.maps.set(entryUntil, until)
}

// Kept reports whether programs of an earlier process carry frames until the first Apply.
func (p *Plane) Kept() bool { return p.plan == nil && p.tx != nil && len(p.found) > 0 }

// Keep makes Close leave everything that is pinned to the next process.
func (p *Plane) Keep() { p.keep = true }

// Counters returns the counters that belong to no member. They count from when the maps were
// made, possibly by an earlier process.
func (p *Plane) Counters() plane.Counters {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.maps == nil {
		return plane.Counters{}
	}
	return plane.Counters{
		TxNoMember: p.maps.get(entryNoMember) + p.maps.get(entryExpired),
		TxTooLong:  p.maps.get(entryTooLong),
		TxInvalid:  p.maps.get(entryInvalid),
	}
}

// MemberCounters returns the counters of a member. TxErrors is always 0: what a link refuses is
// in the counters of its interface.
func (p *Plane) MemberCounters(port link.Port) plane.MemberCounters {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.members[port]
	if m == nil || p.maps == nil {
		return plane.MemberCounters{}
	}
	return p.countersOf(m)
}

func (p *Plane) countersOf(m *member) plane.MemberCounters {
	c, _ := p.maps.member(m.slot) // fails only without the right to read the map
	return plane.MemberCounters{
		RxFrames: c.RxFrames, RxOctets: c.RxOctets, RxNotCollecting: c.RxNotCollecting,
		TxFrames: c.TxFrames, TxOctets: c.TxOctets,
	}
}

// Close ends the plane and removes what it has pinned, unless Keep was called.
func (p *Plane) Close() error {
	if p.maps == nil {
		return nil
	}
	errs := append(p.release(&plane.Plan{}), p.late, p.removeFound())
	if p.tx != nil {
		errs = append(errs, p.drop(p.tx))
	}
	if !p.keep {
		errs = append(errs, p.pins.remove())
	}
	p.mu.Lock()
	errs = append(errs, p.hooks.close(), p.maps.close())
	p.maps = nil
	p.mu.Unlock()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close data plane: %w", err)
	}
	return nil
}
