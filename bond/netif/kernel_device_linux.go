package netif

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ifaddr"
)

// KernelDevice is the device of a bond whose frames the kernel carries, so it is a [link.Face]
// without data. It outlives its interface like [Device]: other programs' changes are reported,
// and Remake makes an interface that is gone again. A plane in the kernel embeds it and brings a
// [DeviceDriver].
type KernelDevice struct {
	name    string
	ns      *Namespace
	driver  DeviceDriver
	done    chan struct{} // closed by Close
	changes link.Reports

	mu   sync.Mutex // guards the fields below, and their interface's settings
	made *made
	face face
	keep bool
	once sync.Once
	err  error

	reports sync.Mutex // serializes reports of changes
}

// DeviceDriver makes the interface of a [KernelDevice], which calls it from one goroutine at a
// time.
type DeviceDriver interface {
	// Make makes an interface that is up and has no carrier. If addr is nil the kernel chooses the
	// MAC address. On failure nothing remains.
	Make(name string, addr net.HardwareAddr, mtu int) error
	// Find returns the index of the interface with a name that Make has made, also in an earlier
	// process. The error is unix.ENODEV if no interface has the name, and [ErrForeign] if another
	// program's has.
	Find(name string) (index int, err error)
	// Dress gives an interface the settings that only this driver has.
	Dress(index int) error
	// SetCarrier sets the carrier of an interface.
	SetCarrier(index int, up bool) error
	// Remove removes an interface. It does nothing if that is gone.
	Remove(index int) error
	// Close releases what the driver uses. It is called last.
	Close() error
}

// DeviceGroup is the number of the interface group (IFLA_GROUP) that a [DeviceDriver] gives a device
// whose members become its ports. It distinguishes the device from an interface that another
// program controls, such as a team of teamd's.
const DeviceGroup = 0x6c61676b

// ErrForeign means that an interface was not made by a bond.
var ErrForeign = errors.New("an interface of another program has this name")

// KernelDeviceConfig describes the device that [OpenKernelDevice] opens.
type KernelDeviceConfig struct {
	// Name is the interface's name, 1 to 15 octets.
	Name string
	// HardwareAddr is its MAC address. Nil: that of an adopted device, or the kernel's choice.
	HardwareAddr net.HardwareAddr
	// MTU is 68 to 65535 octets of payload. 0: that of an adopted device, or 1500.
	MTU int
	// Addresses are its IP addresses.
	Addresses []netip.Prefix
	// Handed, if not nil, is the device on its way from another process: see [link.Hander]. The
	// other fields, but for Name, then have no meaning. The caller closes its descriptors.
	Handed *link.Handed
}

// Check refuses settings that no kernel would accept. The error is a [*link.Error].
func (cfg *KernelDeviceConfig) Check() error {
	return checkFace(cfg.Name, cfg.HardwareAddr, cmp.Or(cfg.MTU, defaultMTU), maxDeviceMTU)
}

// made is one interface of a [KernelDevice]. When it is gone, another replaces it.
type made struct {
	index    int
	adopted  bool // an earlier process made it
	watch    *watcher
	gone     bool          // guarded by KernelDevice.reports
	reported link.State    // the last state reported; guarded by KernelDevice.reports
	replaced chan struct{} // closed when it is no longer the device's
}

// OpenKernelDevice makes a device in the calling thread's network namespace: up, without carrier.
// If a device of that name was left by [KernelDevice.Keep] or by a process that was killed, it
// adopts it with its carrier and state, and gives it the settings. A device has one process at a
// time: the cause of a refusal is an [*OwnedError]. OpenKernelDevice takes ownership of the driver,
// also if it fails. It needs CAP_NET_ADMIN. Errors are of type [*link.Error].
func OpenKernelDevice(cfg KernelDeviceConfig, driver DeviceDriver) (*KernelDevice, error) {
	d := &KernelDevice{name: cfg.Name, driver: driver, done: make(chan struct{})}
	d.face = face{addr: slices.Clone(cfg.HardwareAddr), mtu: cmp.Or(cfg.MTU, defaultMTU)}
	err := cfg.Check()
	if err == nil {
		d.ns, err = CurrentNamespace()
	}
	if err == nil && cfg.Handed != nil {
		err = d.takeHanded(cfg.Handed)
	} else if err == nil {
		err = d.open(&cfg)
	}
	if err != nil {
		return nil, d.error("make", errors.Join(err, d.release()))
	}
	return d, nil
}

func (d *KernelDevice) open(cfg *KernelDeviceConfig) error {
	m, err := d.adoptOrMake(cfg)
	if err != nil {
		return err
	}
	if err := d.configure(m, cfg); err != nil {
		return errors.Join(err, d.discard(m))
	}
	d.use(m)
	return nil
}

// adoptOrMake adopts the interface of an earlier process, or makes one.
func (d *KernelDevice) adoptOrMake(cfg *KernelDeviceConfig) (*made, error) {
	_, err := d.driver.Find(d.name)
	switch {
	case errors.Is(err, unix.ENODEV):
		return d.make()
	case errors.Is(err, ErrForeign):
		return nil, d.refuseName("a name that no interface has", err)
	case err != nil:
		return nil, err
	}
	m, err := d.claim()
	if err != nil {
		return nil, err
	}
	m.adopted = true
	if err := d.adopt(m, cfg); err != nil {
		return nil, errors.Join(err, d.discard(m))
	}
	return m, nil
}

// adopt takes over the state of an interface that is claimed, and gives it the configured
// address and MTU.
func (d *KernelDevice) adopt(m *made, cfg *KernelDeviceConfig) error {
	li, err := d.ns.ns.rt.LinkByIndex(int32(m.index)) // the process before may have changed it until it was claimed
	if err != nil {
		return err
	}
	d.face.carrier = li.Flags&unix.IFF_LOWER_UP != 0
	d.face.addr, d.face.mtu = slices.Clone(li.Addr), int(li.MTU)
	if cfg.HardwareAddr != nil && !slices.Equal(li.Addr, cfg.HardwareAddr) {
		d.face.addr = slices.Clone(cfg.HardwareAddr)
		err = d.ns.ns.rt.SetAddr(li.Index, d.face.addr)
	}
	if cfg.MTU != 0 && cfg.MTU != d.face.mtu {
		d.face.mtu = cfg.MTU
		err = errors.Join(err, d.ns.ns.rt.SetMTU(li.Index, cfg.MTU))
	}
	return err
}

// make makes an interface with the last address and MTU.
func (d *KernelDevice) make() (*made, error) {
	if err := d.driver.Make(d.name, d.face.addr, d.face.mtu); err != nil {
		return nil, err
	}
	m, err := d.claim()
	if err != nil || d.face.addr != nil {
		return m, err
	}
	li, err := d.ns.ns.rt.LinkByIndex(int32(m.index))
	if err != nil {
		return nil, errors.Join(err, d.discard(m))
	}
	d.face.addr = slices.Clone(li.Addr)
	return m, nil
}

// claim finds the interface by its name, and watches it.
func (d *KernelDevice) claim() (*made, error) {
	index, err := d.driver.Find(d.name)
	if err != nil {
		return nil, err
	}
	m := &made{index: index, replaced: make(chan struct{})}
	var owned *OwnedError
	if m.watch, err = d.ns.watch(index, d.name); errors.As(err, &owned) {
		err = d.refuseName("a device that no other process has", err)
	}
	return m, err
}

// configure gives an interface the settings that it does not get when it is made.
func (d *KernelDevice) configure(m *made, cfg *KernelDeviceConfig) error {
	if err := d.driver.Dress(m.index); err != nil {
		return err
	}
	addrs := d.addresses(m.index)
	if err := addrs.Check(d.name, cfg.Addresses); err != nil {
		return err
	}
	d.face.addrs = slices.Clone(cfg.Addresses)
	return addrs.Set(nil, cfg.Addresses)
}

// discard gives an interface up after an error. An adopted one stays for another try.
func (d *KernelDevice) discard(m *made) error {
	err := m.watch.Close()
	if !m.adopted {
		err = errors.Join(err, d.driver.Remove(m.index))
	}
	return err
}

// release closes what the device uses.
func (d *KernelDevice) release() error {
	err := d.driver.Close()
	if d.ns != nil {
		err = errors.Join(err, d.ns.Close())
	}
	return err
}

// addresses sets the addresses of an interface.
func (d *KernelDevice) addresses(index int) ifaddr.Interface {
	return ifaddr.Interface{Index: int32(index), RT: d.ns.ns.rt, Do: d.ns.Do}
}

// error returns an error of an operation as a [*link.Error].
func (d *KernelDevice) error(op string, err error) error {
	var le *link.Error
	if errors.As(err, &le) {
		return err
	}
	return &link.Error{Name: d.name, Op: op, Err: err}
}

func (d *KernelDevice) refuseName(allowed string, err error) error {
	return &link.Error{Name: d.name, Op: "make", Field: "Name", Value: strconv.Quote(d.name), Allowed: allowed, Err: err}
}

// Name returns the name that the device was opened with.
func (d *KernelDevice) Name() string { return d.name }

// Index returns the interface's index. It changes with [KernelDevice.Remake].
func (d *KernelDevice) Index() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.made.index
}

// HardwareAddr returns the address that was last set here.
func (d *KernelDevice) HardwareAddr() net.HardwareAddr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.face.addr)
}

func (d *KernelDevice) closed() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}
