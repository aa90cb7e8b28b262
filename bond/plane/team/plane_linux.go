package team

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/rtnl"
	"github.com/lagkit/lagkit/lacp"
)

// Plane has the kernel's team driver carry a bond's frames. The zero value is not open. Its
// methods may be called from one goroutine at a time, but Counters, MemberCounters, ReadCounters and
// Send from any.
type Plane struct {
	host   plane.Host
	device *Device
	driver *driver
	rt     *rtnl.Conn
	drift  drift
	outlet *afpacket.Outlet
	plan   *plane.Plan // in use; nil: none of this process
	have   *image      // the driver's state; nil: not known
	haveOf int32       // the team that has it
	keep   bool
	late   error // what failed after a plan was in use

	wasUp map[uint32]bool // by interface index of a port: whether it was set up when it joined

	reading sync.Mutex // held by ReadCounters

	mu      sync.Mutex // guards the fields below, and writing rt
	members map[link.Port]*member
	started counted        // the device's counters when the plane was opened
	counted plane.Counters // as last read
}

// member is a port in use.
type member struct {
	index   uint32
	started rtnl.Stats           // its counters when it joined
	last    plane.MemberCounters // as last read; guarded by Plane.mu
}

// counted is the counters of an interface.
type counted struct {
	index int32
	stats rtnl.Stats
}

// New returns a plane that is not open.
func New() *Plane {
	return &Plane{wasUp: make(map[uint32]bool), members: make(map[link.Port]*member)}
}

// Open starts the plane. The bond's device must be a [*Device], and its members interfaces in
// the device's network namespace. What an earlier process has set in the driver stays until the
// first call of Apply, which changes only what differs.
func (p *Plane) Open(h plane.Host) error {
	device, ok := h.Device.(*Device)
	if !ok {
		return &lacp.FieldError{Field: "Device", Value: fmt.Sprintf("%T", h.Device), Allowed: "a device of package team"}
	}
	err := device.teams.ns.Do(func() (err error) {
		if p.driver, err = openDriver(); err == nil {
			p.rt, err = rtnl.Open()
		}
		if err == nil {
			err = p.drift.listen(p.driver, p.strange)
		}
		return err
	})
	p.outlet = afpacket.NewOutlet(device.teams.ns.Do)
	if err != nil {
		return errors.Join(fmt.Errorf("open data plane: %w", err), p.closeSockets())
	}
	p.host, p.device = h, device
	p.countFrom(int32(device.Index()))
	return nil
}

func (p *Plane) closeSockets() error {
	errs := []error{p.drift.close()} // does nothing if it was closed
	if p.outlet != nil {
		errs = append(errs, p.outlet.Close())
	}
	if p.driver != nil {
		errs = append(errs, p.driver.close())
		p.driver = nil
	}
	if p.rt != nil {
		errs = append(errs, p.rt.Close())
		p.rt = nil
	}
	return errors.Join(errs...)
}

// Apply makes a plan the one in use. It waits for the kernel: for its lock of network interfaces,
// and while members join or the mode changes also for their drivers. The error is a
// [*lacp.FieldError] for a plan that the driver can't carry out. While the device is gone no frame
// passes, and Apply accepts any other plan; the first plan after [Device.Remake] is carried out.
func (p *Plane) Apply(next *plane.Plan) error {
	if p.plan != nil && p.plan.Generation == next.Generation {
		return nil // only Settled differs
	}
	if err := p.apply(next); err != nil {
		if !p.deviceGone() {
			return err
		}
		if _, err := compile(next, false); err != nil {
			return err
		}
	}
	p.finish(next)
	return nil
}

// ApplyWaits marks a [plane.Waiter].
func (p *Plane) ApplyWaits() {}

func (p *Plane) apply(next *plane.Plan) error {
	have, err := p.current()
	if err != nil {
		return err
	}
	want, err := p.move(have, next)
	if err == nil && len(have.ports) == 0 && len(want.ports) > 0 {
		// Only a port shows whether the driver has an option for each direction.
		if have, err = p.read(); err == nil && have.twoWay {
			want, err = p.move(have, next)
		}
	}
	if err != nil {
		return err
	}
	if _, err := p.driver.heard(); err == nil { // its own changes
		p.have, p.haveOf = want, p.team()
	}
	return nil
}

// move brings the driver from a state into that of a plan, which it returns. If that fails it
// brings it back.
func (p *Plane) move(have *image, next *plane.Plan) (*image, error) {
	want, err := compile(next, have.twoWay)
	if err != nil {
		return nil, err
	}
	p.have = nil // until all is done
	if err := p.carryOut(have.clone(), want, next.MAC); err != nil {
		if undo := p.goBack(have); undo != nil {
			err = errors.Join(err, fmt.Errorf("go back to the plan before: %w", undo))
		}
		return nil, err
	}
	return want, nil
}

func (p *Plane) deviceGone() bool {
	_, err := p.rt.LinkByIndex(p.team())
	return gone(err)
}

// goBack brings the driver back into a state after something failed.
func (p *Plane) goBack(want *image) error {
	var mac lacp.MAC
	if p.plan != nil {
		mac = p.plan.MAC
	}
	have, err := p.read()
	if err != nil {
		return err
	}
	return p.carryOut(have, want, mac)
}

// current returns the present state of the driver. It reads it only if it may have changed: if
// the driver has sent an event since the last plan.
func (p *Plane) current() (*image, error) {
	heard, err := p.driver.heard()
	if err != nil {
		return nil, err
	}
	if known := p.have != nil && p.haveOf == p.team(); known && !heard {
		return p.have, nil
	}
	return p.read()
}

// read reads the state of the driver.
func (p *Plane) read() (*image, error) {
	options, err := p.driver.options(p.team())
	if err != nil {
		return nil, &link.Error{Name: p.device.Name(), Op: "read", Err: err}
	}
	return parse(options), nil
}

func (p *Plane) team() int32 { return int32(p.device.Index()) }

// carryOut brings the driver from a state into another, and gives the ports a MAC address unless
// it is zero. It changes have.
func (p *Plane) carryOut(have, want *image, mac lacp.MAC) (err error) {
	if have.mode != want.mode {
		have, err = p.changeMode(have, want.mode)
	}
	if err != nil {
		return err
	}
	ports, err := p.join(have, want)
	if err == nil {
		err = p.set(changes(have, want))
	}
	if err != nil {
		return err
	}
	for index := range have.ports {
		if _, stays := want.ports[index]; !stays {
			if err := p.leave(index); err != nil {
				return err
			}
		}
	}
	if p.plan == nil || mac != p.plan.MAC {
		ports = slices.Collect(maps.Keys(want.ports))
	}
	return p.setAddrs(ports, mac)
}

func (p *Plane) set(list []option) error {
	if err := p.driver.set(p.team(), list); err != nil {
		return &link.Error{Name: p.device.Name(), Op: "apply plan", Err: err}
	}
	return nil
}

// changeMode changes the mode. The driver refuses that while it has ports, so all leave first.
func (p *Plane) changeMode(have *image, mode string) (*image, error) {
	if mode == noMode {
		return have, nil // there is no way back to it
	}
	for index := range have.ports {
		if err := p.leave(index); err != nil {
			return nil, err
		}
	}
	if err := p.set([]option{textOption(optionMode, mode)}); err != nil {
		return nil, err
	}
	return p.read()
}

// finish makes a plan that is carried out the current one.
func (p *Plane) finish(next *plane.Plan) {
	p.release(next)
	p.countFrom(p.team())
	added := make(map[link.Port]*member)
	for id := range next.Members {
		port := next.Members[id].Port
		if port == nil || p.members[port] != nil {
			continue
		}
		index, err := indexOf(port)
		if err != nil {
			continue // compile has refused it
		}
		m := &member{index: index}
		if m.started, err = p.rt.Stats(int32(index)); err != nil {
			p.late = errors.Join(p.late, &link.Error{Name: port.Name(), Op: "read counters", Err: err})
		}
		added[port] = m
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.members, added)
	p.plan = next
}

// Keep makes Close leave the members in the team, to the next process.
func (p *Plane) Keep() { p.keep = true }

// Kept reports whether the driver carries frames by the plan of an earlier process until the first
// Apply.
func (p *Plane) Kept() bool {
	if p.plan != nil {
		return false
	}
	have, err := p.read()
	return err == nil && len(have.ports) > 0
}

// Close ends the plane. The members leave the team, unless Keep was called.
func (p *Plane) Close() error {
	if p.driver == nil {
		return nil
	}
	errs := []error{p.late}
	if !p.keep {
		for index := range maps.Clone(p.indexes()) {
			errs = append(errs, p.leave(index))
		}
	}
	p.release(&plane.Plan{})
	errs = append(errs, p.drift.close())
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := errors.Join(append(errs, p.closeSockets())...); err != nil {
		return fmt.Errorf("close data plane: %w", err)
	}
	return nil
}

// indexes returns the interface indexes of the members.
func (p *Plane) indexes() map[uint32]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[uint32]bool)
	for _, m := range p.members {
		all[m.index] = true
	}
	return all
}

// gone reports whether an error says that an interface does not exist.
func gone(err error) bool { return errors.Is(err, unix.ENODEV) }
