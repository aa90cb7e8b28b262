package ebpf

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"path/filepath"
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
	// MTU is 68 to 65535 octets of payload. 0: 1500, or that of an adopted device.
	MTU int
	// Addresses are its IP addresses.
	Addresses []netip.Prefix
	// NoOffload makes the host hand over frames that fit the MTU and have finished checksums,
	// for members that pass frames to programs as they are.
	NoOffload bool
}

// Device is the interface of a bond that a [Plane] serves: one end of a veth pair. What the
// host sends on it arrives at the other end, its peer, where the programs take it; and the
// other way round. So tools show frames, counters and queueing disciplines as on any
// interface. The carrier is the peer's administrative state.
//
// The kernel carries the frames, so it is a [link.Face] without data.
type Device struct {
	name    string
	ns      *netif.Namespace
	rt      *rtnl.Conn
	ioctl   int           // a socket for requests about interfaces
	packets int           // a socket that sends; guarded by mu; -1: none yet
	done    chan struct{} // closed by Close
	changes link.Reports

	mu   sync.Mutex // guards the fields below, and their interface's settings
	pair *pair
	face face
	keep bool
	once sync.Once
	err  error

	reports sync.Mutex // serializes reports of changes
}

// pair is a device's interface and its peer.
type pair struct {
	index, peer int32
	adopted     bool // an earlier process made it
	watch       *netif.Watcher
	gone        bool          // guarded by Device.reports
	reported    link.State    // the last state reported; guarded by Device.reports
	replaced    chan struct{} // closed when it is no longer the device's
}

// face holds the settings that were last made. An interface that is made later gets them too.
type face struct {
	addr    net.HardwareAddr // nil: the kernel's choice
	mtu     int
	carrier bool
	addrs   []netip.Prefix // those that were set
	routes  []link.Route
	alias   string
	offload bool
}

const (
	defaultMTU = 1500
	minMTU     = 68
	maxMTU     = 65535
)

// OpenDevice makes a device in the calling thread's network namespace: up, without carrier. If
// a device of that name was left by [Device.Keep] or by a process that was killed, OpenDevice
// adopts it with its carrier, and gives it the settings. A device has one process at a time: the
// cause of a refusal is a [*netif.OwnedError]. OpenDevice needs CAP_NET_ADMIN. Errors are of type [*link.Error].
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	d := &Device{name: cfg.Name, ns: ns, ioctl: -1, packets: -1, done: make(chan struct{}),
		face: face{addr: slices.Clone(cfg.HardwareAddr), mtu: cmp.Or(cfg.MTU, defaultMTU), offload: true}}
	if err := d.open(&cfg); err != nil {
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
	case cfg.MTU != 0 && (cfg.MTU < minMTU || cfg.MTU > maxMTU):
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

// connect opens what the device talks to the kernel by.
func (d *Device) connect() error {
	return d.ns.Do(func() (err error) {
		if d.rt, err = rtnl.Open(); err != nil {
			return err
		}
		// Any socket takes interface ioctls. A Unix socket exists on every kernel.
		d.ioctl, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		return err
	})
}

func (d *Device) open(cfg *DeviceConfig) error {
	if err := d.connect(); err != nil {
		return err
	}
	p, err := d.adoptOrMake(cfg)
	if err != nil {
		return err
	}
	if err := d.configure(p, cfg); err != nil {
		return errors.Join(err, d.discard(p))
	}
	d.use(p)
	return nil
}

// configure sets what a pair does not get when it is made.
func (d *Device) configure(p *pair, cfg *DeviceConfig) error {
	if err := d.setOffload(p, !cfg.NoOffload); err != nil {
		return err
	}
	d.face.offload = !cfg.NoOffload
	addrs := d.addresses(p)
	if err := addrs.Check(d.name, cfg.Addresses); err != nil {
		return err
	}
	d.face.addrs = slices.Clone(cfg.Addresses)
	return addrs.Set(nil, cfg.Addresses)
}

// discard gives a pair up after an error. An adopted one stays for another try.
func (d *Device) discard(p *pair) error {
	err := p.watch.Close()
	if !p.adopted {
		err = errors.Join(err, d.rt.DeleteLink(p.index))
	}
	return err
}

// release closes what open has opened.
func (d *Device) release() error {
	var errs []error
	if d.rt != nil {
		errs = append(errs, d.rt.Close())
	}
	for _, socket := range []int{d.ioctl, d.packets} {
		if socket >= 0 {
			errs = append(errs, unix.Close(socket))
		}
	}
	return errors.Join(append(errs, d.ns.Close())...)
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

// adoptOrMake adopts the pair of an earlier process, or makes one.
func (d *Device) adoptOrMake(cfg *DeviceConfig) (*pair, error) {
	if _, err := d.rt.LinkByName(d.name); errors.Is(err, unix.ENODEV) {
		return d.makePair()
	} else if err != nil {
		return nil, err
	}
	p, err := d.findPair()
	if err != nil {
		return nil, err
	}
	p.adopted = true
	li, err := d.rt.LinkByIndex(p.index) // the process before may have changed it until now
	if err != nil {
		return nil, errors.Join(err, d.discard(p))
	}
	d.face.addr, d.face.mtu = slices.Clone(li.Addr), int(li.MTU)
	if cfg.HardwareAddr != nil && !slices.Equal(li.Addr, cfg.HardwareAddr) {
		d.face.addr = slices.Clone(cfg.HardwareAddr)
		err = d.rt.SetAddr(p.index, d.face.addr)
	}
	if cfg.MTU != 0 && cfg.MTU != d.face.mtu {
		d.face.mtu = cfg.MTU
		err = errors.Join(err, d.rt.SetMTU(p.index, cfg.MTU))
	}
	if err != nil {
		return nil, errors.Join(err, d.discard(p))
	}
	return p, nil
}

// makePair makes the pair with the last settings.
func (d *Device) makePair() (*pair, error) {
	// The peer's MTU is the greatest, so that the device's alone counts.
	err := d.rt.AddVeth(rtnl.Veth{Name: d.name, Peer: peerName(d.name), Addr: d.face.addr, MTU: d.face.mtu, PeerMTU: maxMTU})
	if err != nil {
		return nil, err
	}
	if err := d.mark(); err != nil {
		return nil, err
	}
	p, err := d.findPair()
	if err != nil {
		return nil, err
	}
	if err := d.prepare(p); err != nil {
		return nil, errors.Join(err, p.watch.Close(), d.rt.DeleteLink(p.index))
	}
	return p, nil
}

// peerMark is the remark of every peer. It distinguishes a device from a pair of another program.
const peerMark = "lagkit: the frames of a bond enter and leave the kernel's programs here"

// IsPeer reports whether an interface with this name and remark (IFLA_IFALIAS) is the peer of the
// device called device.
func IsPeer(name, alias, device string) bool { return name == peerName(device) && alias == peerMark }

// mark marks the pair that was just made.
func (d *Device) mark() error {
	li, err := d.rt.LinkByName(peerName(d.name))
	if err != nil {
		return err
	}
	if err := d.rt.SetAlias(li.Index, peerMark); err != nil {
		return errors.Join(err, d.rt.DeleteLink(li.Index))
	}
	return nil
}

// findPair finds the pair by its names and watches it.
func (d *Device) findPair() (*pair, error) {
	li, err := d.rt.LinkByName(d.name)
	if err != nil {
		return nil, err
	}
	far, err := d.rt.LinkByIndex(li.Lower)
	if li.Kind != "veth" || li.LowerAway || err != nil || !IsPeer(far.Name, far.Alias, d.name) {
		return nil, &link.Error{Name: d.name, Op: "make", Field: "Name", Value: strconv.Quote(d.name),
			Allowed: "a name that no interface has", Err: err}
	}
	p := &pair{index: li.Index, peer: far.Index, replaced: make(chan struct{})}
	if d.face.addr == nil {
		d.face.addr = slices.Clone(li.Addr)
	}
	var owned *netif.OwnedError
	if p.watch, err = d.ns.Watch(int(p.index), d.name); errors.As(err, &owned) {
		err = &link.Error{Name: d.name, Op: "make", Field: "Name", Value: strconv.Quote(d.name),
			Allowed: "a device that no other process has", Err: err}
	}
	return p, err
}

// prepare keeps the host's IP from the peer, and sets the device up.
func (d *Device) prepare(p *pair) error {
	err := d.rt.SetNoAddrGen(p.peer)
	if err != nil && !errors.Is(err, unix.EAFNOSUPPORT) { // a kernel without IPv6
		return fmt.Errorf("set no IPv6 addresses on the peer: %w", err)
	}
	setting := filepath.Join("/proc/sys/net/ipv6/conf", peerName(d.name), "disable_ipv6")
	err = d.ns.Do(func() error { return os.WriteFile(setting, []byte("1"), 0) })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return d.rt.SetUp(p.index, true)
}

// Name returns the name that the device was opened with.
func (d *Device) Name() string { return d.name }

// Index returns the interface's index. It changes with [Device.Remake].
func (d *Device) Index() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int(d.pair.index)
}

// Peer returns the index of the interface's peer.
func (d *Device) Peer() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int(d.pair.peer)
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
