package ebpf

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// DeviceConfig describes a [Device].
type DeviceConfig struct {
	// Name is the interface's name, 1 to 15 octets.
	Name string
	// HardwareAddr is its MAC address. Nil: the kernel chooses one.
	HardwareAddr net.HardwareAddr
	// MTU is 68 to 65535 octets of payload. 0: 1500.
	MTU int
}

// Device is the interface of a bond that a [Plane] serves: one end of a veth pair. What the
// host sends on it arrives at the other end, its peer, where the programs take it; and the
// other way round. So tools show frames, counters and queueing disciplines as on any
// interface. The carrier is the peer's administrative state.
//
// The kernel carries the frames. They never pass [Device.Read] and [Device.Write].
type Device struct {
	name        string
	ns          *namespace
	index, peer int32
	done        chan struct{}

	mu    sync.Mutex // guards the fields below
	addr  net.HardwareAddr
	addrs []rtnl.Addr // those set by SetAddresses
	keep  bool
	once  sync.Once
	err   error
}

const (
	defaultMTU = 1500
	minMTU     = 68
	maxMTU     = 65535
)

// OpenDevice makes a device in the calling thread's network namespace: up, without carrier. If
// a device of that name was left by [Device.Keep] or by a process that was killed, OpenDevice
// adopts it as it is, with its carrier. It needs CAP_NET_ADMIN. Errors are of type
// [*link.Error].
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	if cfg.MTU == 0 {
		cfg.MTU = defaultMTU
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := threadNamespace()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	d := &Device{name: cfg.Name, ns: ns, done: make(chan struct{})}
	if err := d.open(cfg); err != nil {
		return nil, errors.Join(err, ns.close())
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

// peerName returns the name of a device's peer. A long name gets a sum in place of its end.
func peerName(device string) string {
	const suffix = "p"
	if len(device)+len(suffix) < unix.IFNAMSIZ {
		return device + suffix
	}
	sum := fnv.New32a()
	sum.Write([]byte(device)) // never fails
	return fmt.Sprintf("%s-%04x%s", device[:9], sum.Sum32()&0xffff, suffix)
}

// open adopts the pair or makes it.
func (d *Device) open(cfg DeviceConfig) error {
	fail := func(op string, err error) error { return &link.Error{Name: d.name, Op: op, Err: err} }
	peer := peerName(d.name)
	li, err := d.ns.rt.LinkByName(d.name)
	made := errors.Is(err, unix.ENODEV)
	if made {
		// The peer's MTU is the greatest, so that the device's alone counts.
		err = d.ns.rt.AddVeth(rtnl.Veth{Name: d.name, Peer: peer, Addr: cfg.HardwareAddr, MTU: cfg.MTU, PeerMTU: maxMTU})
		if err != nil {
			return fail("make", err)
		}
		li, err = d.ns.rt.LinkByName(d.name)
	}
	if err != nil {
		return fail("find", err)
	}
	far, err := d.ns.rt.LinkByIndex(li.Lower)
	if li.Kind != "veth" || li.LowerAway || err != nil || far.Name != peer {
		return &link.Error{Name: d.name, Op: "make", Field: "Name", Value: strconv.Quote(d.name),
			Allowed: "a name that no interface has", Err: err}
	}
	d.index, d.peer, d.addr = li.Index, far.Index, slices.Clone(li.Addr)
	if !made {
		return nil
	}
	if err := d.prepare(peer); err != nil {
		return errors.Join(fail("make", err), d.ns.rt.DeleteLink(d.index))
	}
	return nil
}

// prepare keeps the host's IP from the peer, and sets the device up.
func (d *Device) prepare(peer string) error {
	err := d.ns.rt.SetNoAddrGen(d.peer)
	if err != nil && !errors.Is(err, unix.EAFNOSUPPORT) { // a kernel without IPv6
		return fmt.Errorf("set no IPv6 addresses of %s: %w", peer, err)
	}
	setting := filepath.Join("/proc/sys/net/ipv6/conf", peer, "disable_ipv6")
	err = d.ns.run(func() error { return os.WriteFile(setting, []byte("1"), 0) })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return d.ns.rt.SetUp(d.index, true)
}

// Name returns the name that the device was opened with.
func (d *Device) Name() string { return d.name }

// Index returns the interface's index, and Peer its peer's.
func (d *Device) Index() int { return int(d.index) }
func (d *Device) Peer() int  { return int(d.peer) }

// HardwareAddr returns the address that was last set.
func (d *Device) HardwareAddr() net.HardwareAddr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.addr)
}

// Read waits until Close. The error is [net.ErrClosed].
func (d *Device) Read([][]byte, []link.Frame) (int, error) {
	<-d.done
	return 0, net.ErrClosed
}

// Write returns [plane.ErrNoDataPath].
func (d *Device) Write([]link.Frame) (int, error) {
	select {
	case <-d.done:
		return 0, net.ErrClosed
	default:
		return 0, plane.ErrNoDataPath
	}
}

// set changes a setting unless the device is closed.
func (d *Device) set(op, field, value string, change func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.done:
		return net.ErrClosed
	default:
	}
	if err := change(); err != nil {
		return &link.Error{Name: d.name, Op: op, Field: field, Value: value, Err: err}
	}
	return nil
}

// SetCarrier sets the carrier.
func (d *Device) SetCarrier(up bool) error {
	return d.set("set carrier", "", "", func() error { return d.ns.rt.SetUp(d.peer, up) })
}

// SetMTU sets the MTU.
func (d *Device) SetMTU(mtu int) error {
	if err := (&DeviceConfig{Name: d.name, MTU: mtu}).check(); err != nil {
		return err
	}
	return d.set("set MTU", "MTU", strconv.Itoa(mtu), func() error { return d.ns.rt.SetMTU(d.index, mtu) })
}

// SetHardwareAddr sets the MAC address.
func (d *Device) SetHardwareAddr(addr net.HardwareAddr) error {
	if err := (&DeviceConfig{Name: d.name, MTU: defaultMTU, HardwareAddr: addr}).check(); err != nil {
		return err
	}
	return d.set("set MAC address", "HardwareAddr", addr.String(), func() error {
		if err := d.ns.rt.SetAddr(d.index, addr); err != nil {
			return err
		}
		d.addr = slices.Clone(addr)
		return nil
	})
}

// SetAddresses makes prefixes the device's IP addresses. It leaves addresses alone that other
// programs have set.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes), func() error {
		before, err := d.ns.rt.Addrs(d.index)
		if err != nil {
			return err
		}
		var want []rtnl.Addr
		for _, p := range prefixes {
			want = append(want, rtnl.Addr{Local: p.Addr(), Bits: uint8(p.Bits()), Preferred: rtnl.Forever, Valid: rtnl.Forever})
		}
		if err := d.addAddresses(want); err != nil {
			return err
		}
		keep := want
		for _, a := range before {
			if !slices.ContainsFunc(d.addrs, a.Same) || slices.ContainsFunc(want, a.Same) {
				keep = append(slices.Clip(keep), a)
				continue
			}
			if err := d.ns.rt.DeleteAddr(d.index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
				return err
			}
		}
		d.addrs = want
		// With the first IPv4 address of a network, the kernel removes the others of that network.
		return d.addAddresses(keep)
	})
}

// addAddresses adds the addresses that the device lacks.
func (d *Device) addAddresses(list []rtnl.Addr) error {
	for _, a := range list {
		if err := d.ns.rt.AddAddr(d.index, a); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	return nil
}

// Keep makes Close leave the interface as it is, to the program that opens it next.
func (d *Device) Keep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep = true
	return nil
}

// Close removes the interface, unless Keep was called.
func (d *Device) Close() error {
	d.once.Do(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		close(d.done)
		var err error
		if !d.keep {
			err = d.ns.rt.DeleteLink(d.index)
		}
		if errors.Is(err, unix.ENODEV) {
			err = nil // another program has removed it
		}
		if err := errors.Join(err, d.ns.close()); err != nil {
			d.err = &link.Error{Name: d.name, Op: "close", Err: err}
		}
	})
	return d.err
}
