package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Device is a TAP device: an Ethernet interface of the host whose other end
// is this process.
type Device struct {
	name  string
	index int32
	ns    *namespace
	claim *claim
	io    []*afpacket.TAP // its queues

	mu    sync.Mutex
	addr  net.HardwareAddr
	addrs []netip.Prefix
	once  sync.Once
	err   error
}

// OpenDevice makes a TAP device in the calling thread's network namespace. It is up,
// without carrier, and vanishes with Close or the process. The errors are of type
// [*link.Error]. It needs CAP_NET_ADMIN and /dev/net/tun.
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ns, err := enterNamespace()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	d := &Device{name: cfg.Name, ns: ns}
	if err := d.open(&cfg); err != nil {
		var le *link.Error
		if !errors.As(err, &le) {
			le = &link.Error{Name: cfg.Name, Op: "open", Err: err}
		}
		if undo := d.release(); undo != nil {
			le.Err = errors.Join(le.Err, undo)
		}
		return nil, le
	}
	return d, nil
}

// defaultMTU is Ethernet's.
const defaultMTU = 1500

// check refuses what no kernel would take, and completes the defaults.
func (cfg *DeviceConfig) check() error {
	refuse := func(field, value, allowed string) error {
		return &link.Error{Name: cfg.Name, Op: "make", Field: field, Value: value, Allowed: allowed}
	}
	if cfg.MTU == 0 {
		cfg.MTU = defaultMTU
	}
	if cfg.Queues == 0 {
		cfg.Queues = 1
	}
	switch {
	case cfg.Queues < 1 || cfg.Queues > 256:
		return refuse("Queues", strconv.Itoa(cfg.Queues), "1 to 256")
	case cfg.Name == "" || len(cfg.Name) >= unix.IFNAMSIZ:
		return refuse("Name", strconv.Quote(cfg.Name), "1 to 15 octets")
	case cfg.HardwareAddr != nil && !link.IsIndividual(cfg.HardwareAddr):
		return refuse("HardwareAddr", strconv.Quote(cfg.HardwareAddr.String()), "6 octets, neither a group address nor zero")
	case cfg.MTU < 68 || cfg.MTU > 65521:
		return refuse("MTU", strconv.Itoa(cfg.MTU), "68 to 65521")
	}
	for _, p := range cfg.Addresses {
		if !p.IsValid() {
			return refuse("Addresses", p.String(), "IP addresses with their prefix lengths")
		}
	}
	return nil
}

func (d *Device) open(cfg *DeviceConfig) error {
	if _, err := d.ns.rt.LinkByName(cfg.Name); err == nil {
		return nameTaken(cfg.Name, unix.EEXIST)
	}
	for first := true; len(d.io) < cfg.Queues; first = false {
		fd, err := afpacket.OpenTAP(afpacket.TAPConfig{Name: cfg.Name, MultiQueue: cfg.Queues > 1, NoOffload: cfg.NoOffload}, first)
		if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EEXIST) {
			return nameTaken(cfg.Name, err)
		}
		if err != nil {
			return err
		}
		q, err := afpacket.NewTAP(fd)
		if err != nil {
			_ = unix.Close(fd)
			return err
		}
		d.io = append(d.io, q)
	}
	li, err := d.ns.rt.LinkByName(cfg.Name)
	if err != nil {
		return fmt.Errorf("find TAP device: %w", err)
	}
	d.index, d.addr = li.Index, li.Addr
	if d.claim, err = d.ns.claim(claimDevice, d.index); err != nil {
		return err
	}
	if err := d.SetCarrier(false); err != nil {
		return err
	}
	if cfg.HardwareAddr != nil {
		if err := d.SetHardwareAddr(cfg.HardwareAddr); err != nil {
			return err
		}
	}
	if err := d.SetMTU(cfg.MTU); err != nil {
		return err
	}
	if err := d.SetAddresses(cfg.Addresses); err != nil {
		return err
	}
	if err := d.ns.rt.SetUp(d.index, true); err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return nil
}

func nameTaken(name string, err error) error {
	return &link.Error{Name: name, Op: "make", Field: "Name", Value: strconv.Quote(name),
		Allowed: "a name no interface has", Err: err}
}

func (d *Device) release() error {
	var errs []error
	for _, q := range d.io {
		q.Close()
	}
	errs = append(errs, d.claim.release(), d.ns.leave())
	return errors.Join(errs...)
}

// Name returns the name the device was made with.
func (d *Device) Name() string { return d.name }

// HardwareAddr returns the address as last set here.
func (d *Device) HardwareAddr() net.HardwareAddr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.addr)
}

// Read receives frames from the host. The buffers should be of [link.BufferSize].
func (d *Device) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	return d.io[0].Read(bufs, frames)
}

// Write hands frames to the host.
func (d *Device) Write(frames []link.Frame) (int, error) { return d.io[0].Write(frames) }

// Queues returns how many queues the device has.
func (d *Device) Queues() int { return len(d.io) }

// ReadQueue is Read for one of the queues.
func (d *Device) ReadQueue(queue int, bufs [][]byte, frames []link.Frame) (int, error) {
	return d.io[queue].Read(bufs, frames)
}

// WriteQueue is Write for one of the queues.
func (d *Device) WriteQueue(queue int, frames []link.Frame) (int, error) {
	return d.io[queue].Write(frames)
}

// use runs fn unless the device is closed.
func (d *Device) use(op, field, value string, fn func() error) error {
	if !d.io[0].Use() {
		return net.ErrClosed
	}
	defer d.io[0].Unuse()
	err := fn()
	var le *link.Error
	if err == nil || errors.As(err, &le) {
		return err
	}
	return &link.Error{Name: d.name, Op: op, Field: field, Value: value, Err: err}
}

// SetCarrier sets the carrier.
func (d *Device) SetCarrier(up bool) error {
	return d.use("set carrier", "", "", func() error {
		value := 0
		if up {
			value = 1
		}
		return unix.IoctlSetPointerInt(d.io[0].FD, unix.TUNSETCARRIER, value)
	})
}

// SetMTU sets the MTU.
func (d *Device) SetMTU(mtu int) error {
	return d.use("set MTU", "MTU", strconv.Itoa(mtu), func() error {
		return d.ns.rt.SetMTU(d.index, mtu)
	})
}

// SetHardwareAddr sets the MAC address.
func (d *Device) SetHardwareAddr(addr net.HardwareAddr) error {
	if !link.IsIndividual(addr) {
		return &link.Error{Name: d.name, Op: "set MAC address", Field: "HardwareAddr", Value: strconv.Quote(addr.String()),
			Allowed: "6 octets, neither a group address nor zero"}
	}
	return d.use("set MAC address", "HardwareAddr", addr.String(), func() error {
		err := d.ns.rt.SetAddr(d.index, addr)
		if err == nil {
			d.mu.Lock()
			d.addr = slices.Clone(addr)
			d.mu.Unlock()
		}
		return err
	})
}

// SetAddresses adds and removes what differs from the last call. On failure the
// addresses are as they were.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.use("set addresses", "Addresses", fmt.Sprint(prefixes), func() error {
		if err := d.checkSubnets(prefixes); err != nil {
			return err
		}
		var added []netip.Prefix
		for _, p := range prefixes {
			if slices.Contains(d.addrs, p) || slices.Contains(added, p) {
				continue
			}
			// The operator may have set it already.
			err := d.ns.rt.AddAddr(d.index, deviceAddr(p))
			if errors.Is(err, unix.EEXIST) {
				continue
			}
			if err != nil {
				for _, p := range added {
					err = errors.Join(err, d.ns.rt.DeleteAddr(d.index, deviceAddr(p)))
				}
				return fmt.Errorf("add %s: %w", p, err)
			}
			added = append(added, p)
		}
		var errs []error
		kept := added
		for _, p := range d.addrs {
			if slices.Contains(prefixes, p) {
				kept = append(kept, p)
				continue
			}
			err := d.ns.rt.DeleteAddr(d.index, deviceAddr(p))
			if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
				errs = append(errs, fmt.Errorf("remove %s: %w", p, err))
			}
		}
		d.addrs = kept
		return errors.Join(errs...)
	})
}

// checkSubnets refuses an address whose network another interface is in too: the host
// would send what is for that network by either.
func (d *Device) checkSubnets(prefixes []netip.Prefix) error {
	all, err := d.ns.rt.AllAddrs(0)
	if err != nil {
		return err
	}
	for _, p := range prefixes {
		for index, addrs := range all {
			if index == d.index {
				continue
			}
			for _, a := range addrs {
				other := netip.PrefixFrom(a.Local, int(a.Bits))
				if !a.Local.IsLinkLocalUnicast() && !a.Local.IsLoopback() && other.Overlaps(p) {
					return &link.Error{Name: d.name, Op: "set addresses", Field: "Addresses", Value: p.String(),
						Allowed: fmt.Sprintf("a network that no other interface is in; %s has %s: bond the two, or give one of them both addresses",
							masterName(d.ns, uint32(index)), other)}
				}
			}
		}
	}
	return nil
}

// deviceAddr is a permanent address with the usual broadcast address.
func deviceAddr(p netip.Prefix) rtnl.Addr {
	a := rtnl.Addr{Local: p.Addr().Unmap(), Bits: uint8(p.Bits()), Preferred: rtnl.Forever, Valid: rtnl.Forever}
	if a.Local.Is4() && a.Bits < 31 {
		b := a.Local.As4()
		for i := int(a.Bits); i < 32; i++ {
			b[i/8] |= 0x80 >> (i % 8)
		}
		a.Broadcast = netip.AddrFrom4(b)
	}
	return a
}

// Close ends all calls and removes the device.
func (d *Device) Close() error {
	d.once.Do(func() {
		if err := d.release(); err != nil {
			d.err = &link.Error{Name: d.name, Op: "close", Err: err}
		}
	})
	return d.err
}
