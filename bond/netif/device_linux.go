package netif

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ethtool"
)

// Device is a TAP device: an Ethernet interface of the host whose other end is this process.
// It outlives its interface. If the interface is deleted or moved to another namespace,
// Changes reports it and Remake makes it again.
type Device struct {
	cfg     DeviceConfig // with defaults filled in
	ns      *namespace
	tap     atomic.Pointer[tap]
	closed  atomic.Bool
	changes link.Reports

	mu   sync.Mutex // guards the interface's settings
	face face
	once sync.Once
	err  error

	reports sync.Mutex // serializes reports of changes
}

// face holds the settings that were last set. An interface that is made later gets them too.
type face struct {
	addr    net.HardwareAddr // nil: the kernel's choice
	mtu     int
	carrier bool
	speed   uint32         // Mb/s; 0: unknown
	addrs   []netip.Prefix // those set by SetAddresses
	routes  []link.Route
	alias   string
}

// OpenDevice makes a TAP device in the calling thread's network namespace. The device is up,
// without carrier, and vanishes with Close or the process. Errors are of type [*link.Error].
// OpenDevice needs CAP_NET_ADMIN and /dev/net/tun.
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	d := &Device{cfg: cfg, face: face{addr: slices.Clone(cfg.HardwareAddr), mtu: cfg.MTU}}
	open := func(ns *namespace) error {
		d.ns = ns
		if cfg.Handed != nil {
			return d.adopt(cfg.Handed)
		}
		return d.open()
	}
	if err := openInterface(&cfg.Name, open, func() error { return d.ns.leave() }); err != nil {
		return nil, err
	}
	return d, nil
}

// check refuses settings that no kernel would accept, and fills in the defaults.
func (cfg *DeviceConfig) check() error {
	refuse := func(field, value, allowed string) error {
		return &link.Error{Name: cfg.Name, Op: "make", Field: field, Value: value, Allowed: allowed}
	}
	cfg.MTU, cfg.Queues = cmp.Or(cfg.MTU, defaultMTU), cmp.Or(cfg.Queues, 1)
	if cfg.Queues < 1 || cfg.Queues > 256 {
		return refuse("Queues", strconv.Itoa(cfg.Queues), "1 to 256")
	}
	if err := checkFace(cfg.Name, cfg.HardwareAddr, cfg.MTU, maxTAPMTU); err != nil {
		return err
	}
	for _, p := range cfg.Addresses {
		if !p.IsValid() {
			return refuse("Addresses", p.String(), "IP addresses with their prefix lengths")
		}
	}
	return nil
}

// open adopts the interface that was kept, or makes one.
func (d *Device) open() error {
	record, err := d.findKept()
	if err != nil {
		return err
	}
	d.face.addrs = record.addresses()
	t, err := d.makeTAP(record != nil)
	if err == nil {
		if err = d.addresses(t).Check(d.cfg.Name, d.cfg.Addresses); err == nil {
			err = d.addresses(t).Set(d.face.addrs, d.cfg.Addresses)
			d.face.addrs = slices.Clone(d.cfg.Addresses)
		}
		if err == nil && record != nil {
			err = d.adopted(t, record)
		}
		if err != nil {
			t.discard()
		}
	}
	if err != nil {
		return err
	}
	d.use(t)
	return nil
}

func nameTaken(name string, err error) error {
	return &link.Error{Name: name, Op: "make", Field: "Name", Value: strconv.Quote(name),
		Allowed: "a name that no interface has: choose another, or delete the interface with: ip link del dev " + name,
		Err:     &plainError{"an interface already has this name", err}}
}

// Name returns the name the device was made with.
func (d *Device) Name() string { return d.cfg.Name }

// HardwareAddr returns the address that was last set here.
func (d *Device) HardwareAddr() net.HardwareAddr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.face.addr)
}

// Read receives frames from the host. The buffers should be of [link.BufferSize]. It waits
// while the interface is gone.
func (d *Device) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	return d.ReadQueue(0, bufs, frames)
}

// Write hands frames to the host.
func (d *Device) Write(frames []link.Frame) (int, error) { return d.WriteQueue(0, frames) }

// Queues returns how many queues the device has.
func (d *Device) Queues() int { return d.cfg.Queues }

// ReadQueue is Read for one of the queues.
func (d *Device) ReadQueue(queue int, bufs [][]byte, frames []link.Frame) (int, error) {
	for {
		t := d.tap.Load()
		n, err := t.queues[queue].Read(bufs, frames)
		if err == nil {
			return n, nil
		}
		if err := d.awaitNext(t, err); err != nil {
			return n, err
		}
	}
}

// awaitNext waits after a failed read until another interface exists, or returns the error
// that ends reading.
func (d *Device) awaitNext(t *tap, err error) error {
	var errno unix.Errno
	switch {
	case errors.As(err, &errno):
		d.lose(t)
	case !errors.Is(err, net.ErrClosed):
		return err
	}
	<-t.replaced
	if d.closed.Load() {
		return net.ErrClosed
	}
	return nil
}

// WriteQueue is Write for one of the queues.
func (d *Device) WriteQueue(queue int, frames []link.Frame) (int, error) {
	t := d.tap.Load()
	n, err := t.queues[queue].Write(frames)
	switch {
	case err == nil:
	case isGone(err):
		d.lose(t)
	case errors.Is(err, net.ErrClosed) && !d.closed.Load():
		err = unix.ENODEV // it is about to be made again
	}
	return n, err
}

// isGone reports whether an error means that the interface no longer exists.
func isGone(err error) bool { return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EBADFD) }

// set changes the interface, and keeps the setting for one that is made later. Without an
// interface it only keeps the setting. If a change fails, the error names the field.
func (d *Device) set(op, field, value string, apply func(*tap) error, keep func(*face)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return net.ErrClosed
	}
	if t := d.tap.Load(); !t.gone.Load() {
		err := apply(t)
		var le *link.Error
		switch {
		case err == nil:
		case isGone(err):
			d.lose(t)
		case errors.As(err, &le):
			return err
		default:
			return &link.Error{Name: d.cfg.Name, Op: op, Field: field, Value: value, Err: err}
		}
	}
	keep(&d.face)
	return nil
}

// SetCarrier sets the carrier.
func (d *Device) SetCarrier(up bool) error {
	return d.set("set carrier", "", "",
		func(t *tap) error { return t.setCarrier(up) },
		func(f *face) { f.carrier = up })
}

// SetMTU sets the MTU.
func (d *Device) SetMTU(mtu int) error {
	if err := checkMTU(d.cfg.Name, "set MTU", mtu, maxTAPMTU); err != nil {
		return err
	}
	return d.set("set MTU", "MTU", strconv.Itoa(mtu),
		func(t *tap) error { return d.ns.rt.SetMTU(t.index, mtu) },
		func(f *face) { f.mtu = mtu })
}

// SetHardwareAddr sets the MAC address.
func (d *Device) SetHardwareAddr(addr net.HardwareAddr) error {
	if err := checkAddr(d.cfg.Name, "set MAC address", addr); err != nil {
		return err
	}
	return d.set("set MAC address", "HardwareAddr", addr.String(),
		func(t *tap) error { return d.ns.rt.SetAddr(t.index, addr) },
		func(f *face) { f.addr = slices.Clone(addr) })
}

// SetSpeed makes the interface show a speed in Mb/s and full duplex; 0 shows no speed.
func (d *Device) SetSpeed(mbps uint32) error {
	return d.set("set speed", "", strconv.FormatUint(uint64(mbps), 10),
		func(t *tap) error { return d.showSpeed(t, mbps) },
		func(f *face) { f.speed = mbps })
}

// showSpeed looks up the interface's name, which may have changed.
func (d *Device) showSpeed(t *tap, mbps uint32) error {
	li, err := d.ns.rt.LinkByIndex(t.index)
	if err != nil {
		return err
	}
	return ethtool.SetSpeed(d.ns.ioctl, li.Name, mbps)
}

// Close ends all calls and removes the device, unless Keep was called.
func (d *Device) Close() error {
	d.once.Do(func() {
		d.closed.Store(true)
		d.mu.Lock()
		defer d.mu.Unlock()
		t := d.tap.Load()
		t.discard()
		close(t.replaced)
		if err := d.ns.leave(); err != nil {
			d.err = &link.Error{Name: d.cfg.Name, Op: "close", Err: err}
		}
	})
	return d.err
}

// SetOffload sets whether the host may hand over large segments and unfinished checksums.
func (d *Device) SetOffload(on bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return net.ErrClosed
	}
	if d.cfg.NoOffload == !on {
		return nil
	}
	if t := d.tap.Load(); !t.gone.Load() {
		if err := t.queues[0].SetOffload(on); err != nil {
			return &link.Error{Name: d.cfg.Name, Op: "set offloads", Err: err}
		}
	}
	d.cfg.NoOffload = !on
	return nil
}
