package team

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// DeviceConfig describes a [Device].
type DeviceConfig struct {
	// Name is the interface's name, 1 to 15 octets.
	Name string
	// HardwareAddr is its MAC address. Nil: the kernel chooses one.
	HardwareAddr net.HardwareAddr
	// MTU is 68 to 65535 octets of payload. 0: 1500. The driver gives it to the members too.
	MTU int
}

// Device is the interface of a bond that a [Plane] serves: a team of the kernel's driver. The
// kernel carries the frames, so it is a [link.Face] without data.
type Device struct {
	name    string
	ns      *netif.Namespace
	rt      *rtnl.Conn
	done    chan struct{} // closed by Close
	changes link.Reports

	mu   sync.Mutex // guards the fields below, and their interface's settings
	team *team
	face face
	keep bool
	once sync.Once
	err  error

	reports sync.Mutex // serializes reports of changes
}

// team is a device's interface.
type team struct {
	index    int32
	watch    *netif.Watcher
	gone     bool          // guarded by Device.reports
	reported link.State    // the last state reported; guarded by Device.reports
	replaced chan struct{} // closed when it is no longer the device's
}

// face holds the settings that were last made. An interface that is made later gets them too.
type face struct {
	addr    net.HardwareAddr // nil: the kernel's choice
	mtu     int
	carrier bool
	addrs   []netip.Prefix // those set by SetAddresses
	routes  []link.Route
	alias   string
}

const (
	deviceKind = "team" // of rtnetlink
	defaultMTU = 1500
	minMTU     = 68
	maxMTU     = 65535
)

// OpenDevice makes a device in the calling thread's network namespace: up, without carrier. If
// a device of that name was left by [Device.Keep] or by a process that was killed, OpenDevice
// adopts it as it is, with its carrier and members. A device has one process at a time: the cause
// of a refusal is a [*netif.OwnedError]. OpenDevice needs CAP_NET_ADMIN. Errors are of type
// [*link.Error]; the cause is [errors.ErrUnsupported] if the kernel has no team driver.
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	if cfg.MTU == 0 {
		cfg.MTU = defaultMTU
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	d := &Device{name: cfg.Name, ns: ns, done: make(chan struct{}),
		face: face{addr: slices.Clone(cfg.HardwareAddr), mtu: cfg.MTU}}
	if err := d.open(); err != nil {
		return nil, errors.Join(d.error("make", err), d.release())
	}
	return d, nil
}

func (cfg *DeviceConfig) check() error {
	refuse := func(field, value, allowed string) error {
		return &link.Error{Name: cfg.Name, Op: "make", Field: field, Value: value, Allowed: allowed}
	}
	switch {
	case cfg.Name == "" || len(cfg.Name) >= unix.IFNAMSIZ:
		return refuse("Name", strconv.Quote(cfg.Name), "1 to 15 octets")
	case cfg.HardwareAddr != nil && !link.IsIndividual(cfg.HardwareAddr):
		return refuse("HardwareAddr", cfg.HardwareAddr.String(), "6 octets, neither a group address nor zero")
	case cfg.MTU < minMTU || cfg.MTU > maxMTU:
		return refuse("MTU", strconv.Itoa(cfg.MTU), fmt.Sprintf("%d to %d", minMTU, maxMTU))
	}
	return nil
}

// error returns an error of an operation as a [*link.Error].
func (d *Device) error(op string, err error) error {
	var le *link.Error
	if errors.As(err, &le) {
		return err
	}
	return &link.Error{Name: d.name, Op: op, Err: err}
}

func (d *Device) open() error {
	err := d.ns.Do(func() (err error) {
		d.rt, err = rtnl.Open()
		return err
	})
	if err != nil {
		return err
	}
	t, err := d.adoptOrMake()
	if err != nil {
		return err
	}
	d.use(t)
	return nil
}

// release closes what open has opened.
func (d *Device) release() error {
	var errs []error
	if d.rt != nil {
		errs = append(errs, d.rt.Close())
	}
	return errors.Join(append(errs, d.ns.Close())...)
}

// adoptOrMake adopts the team of an earlier process, or makes one.
func (d *Device) adoptOrMake() (*team, error) {
	_, err := d.rt.LinkByName(d.name)
	if errors.Is(err, unix.ENODEV) {
		return d.makeTeam()
	}
	if err != nil {
		return nil, err
	}
	t, err := d.findTeam()
	if err != nil {
		return nil, err
	}
	li, err := d.rt.LinkByIndex(t.index)
	if err != nil {
		return nil, errors.Join(err, t.watch.Close())
	}
	d.face.addr, d.face.mtu = slices.Clone(li.Addr), int(li.MTU)
	d.face.carrier = li.Flags&unix.IFF_LOWER_UP != 0
	return t, nil
}

// makeTeam makes the team with the last settings but the carrier and the IP addresses.
func (d *Device) makeTeam() (*team, error) {
	if err := d.rt.AddVirtual(deviceKind, d.name, d.face.addr, d.face.mtu); err != nil {
		return nil, err
	}
	t, err := d.findTeam()
	if err != nil {
		return nil, err
	}
	// Before that the driver sets the carrier by its members' links.
	err = d.rt.SetCarrier(t.index, false)
	if err == nil {
		err = d.rt.SetUp(t.index, true)
	}
	if err != nil {
		return nil, errors.Join(err, t.watch.Close(), d.rt.DeleteLink(t.index))
	}
	return t, nil
}

// findTeam finds the team by its name and watches it.
func (d *Device) findTeam() (*team, error) {
	li, err := d.rt.LinkByName(d.name)
	if err != nil {
		return nil, err
	}
	refuse := func(allowed string, err error) error {
		return &link.Error{Name: d.name, Op: "make", Field: "Name", Value: strconv.Quote(d.name), Allowed: allowed, Err: err}
	}
	if li.Kind != deviceKind {
		return nil, refuse("a name that no interface has", nil)
	}
	t := &team{index: li.Index, replaced: make(chan struct{})}
	if d.face.addr == nil {
		d.face.addr = slices.Clone(li.Addr)
	}
	var owned *netif.OwnedError
	if t.watch, err = d.ns.Watch(int(t.index), d.name); errors.As(err, &owned) {
		err = refuse("a device that no other process has", err)
	}
	return t, err
}

// Name returns the name that the device was opened with.
func (d *Device) Name() string { return d.name }

// Index returns the interface's index. It changes with [Device.Remake].
func (d *Device) Index() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int(d.team.index)
}

// HardwareAddr returns the address that was last set here.
func (d *Device) HardwareAddr() net.HardwareAddr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.face.addr)
}

func (d *Device) closed() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}
