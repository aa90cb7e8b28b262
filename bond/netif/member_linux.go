package netif

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/lacp"
)

// Member is a Linux network interface as a member whose data frames pass through the kernel
// alone. This process sends and receives only its slow-protocols frames.
type Member struct {
	name    string
	addr    net.HardwareAddr
	ns      *namespace
	taken   *takeover
	watch   *watch
	control *afpacket.Control
	hears   hearing
	cutOff  bool // kept from the host's IP stack
	guards  bool // Resume begins to repair what other programs change

	changing sync.Mutex   // serializes changes of the interface and its record
	use      sync.RWMutex // held for reading while the interface is in use
	closed   bool         // guarded by use
	counting sync.Mutex   // guards drops
	drops    uint64       // slow-protocols frames that the kernel has reported as dropped
	once     sync.Once
	err      error
}

// hearing is what an interface is asked to receive.
type hearing interface {
	// follow asks for the frames to the bond's address, nil if that has not changed. The
	// interface has the address own, nil if unknown.
	follow(own, bond net.HardwareAddr) error
}

// OpenMember makes an Ethernet interface of the calling thread's network namespace a member
// like [OpenLink], for a data plane in the kernel. What it asks the interface to receive is set
// on the interface itself, so that frames go on after the process was killed, or closed it
// after [Member.Keep]. The next OpenMember of that interface adopts it as it is. Errors are of
// type [*link.Error]. OpenMember needs CAP_NET_RAW and CAP_NET_ADMIN.
func OpenMember(cfg Config) (*Member, error) {
	m := &Member{name: cfg.Name}
	open := func(ns *namespace) error {
		m.ns = ns
		if cfg.Handed != nil {
			return m.adopt(&cfg)
		}
		return m.open(&cfg)
	}
	if err := openInterface(&cfg.Name, open, m.release); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Member) open(cfg *Config) error {
	if err := m.begin(cfg, true); err != nil {
		return err
	}
	own, bond, err := m.stations(cfg)
	if err != nil {
		return err
	}
	m.hears = &settings{taken: m.taken, policy: cfg.Receive}
	if cfg.PortOf != "" {
		m.hears = deaf{}
	}
	if err := m.hears.follow(own, bond); err != nil {
		return err
	}
	return m.finish(cfg, nil)
}

// deaf is the hearing of an interface that another one's driver looks after.
type deaf struct{}

func (deaf) follow(own, bond net.HardwareAddr) error { return nil }

// begin takes the interface over and opens the sockets for slow protocols.
func (m *Member) begin(cfg *Config, kernel bool) (err error) {
	if cfg.Receive > ReceiveAddressed {
		return &link.Error{Name: cfg.Name, Op: "open", Field: "Receive", Value: cfg.Receive.String(), Allowed: "ReceiveAll or ReceiveAddressed"}
	}
	var flags uint32
	if kernel && cfg.PortOf == "" {
		flags = cfg.Receive.flags()
	}
	if m.taken, err = takeOver(m.ns, cfg, flags); err != nil {
		return err
	}
	if m.addr, err = m.taken.rec.hardwareAddr(); err != nil {
		return err
	}
	m.control, err = afpacket.OpenControl(m.taken.rec.Index)
	return err
}

// stations returns the address that the interface has, and that of the bond.
func (m *Member) stations(cfg *Config) (own, bond net.HardwareAddr, err error) {
	if own, err = net.ParseMAC(m.taken.rec.HardwareAddr); err != nil {
		return nil, nil, err
	}
	bond = own
	if cfg.HardwareAddr != nil {
		bond = cfg.HardwareAddr
	}
	if !cfg.KeepAddr {
		own = bond
	}
	return own, bond, nil
}

// finish sets the interface up and watches it.
func (m *Member) finish(cfg *Config, changed func(string)) error {
	// Not before the sockets exist: the partner's first LACPDU comes with the carrier.
	if err := m.taken.setUp(); err != nil {
		return err
	}
	mon, err := m.ns.monitor()
	if err != nil {
		return err
	}
	if m.watch, err = mon.add(m.taken.rec.Index, cfg.Name, cfg.CarrierPoll, changed); err != nil {
		return err
	}
	m.cutOff = !cfg.AllowHostStack && cfg.PortOf == ""
	mon.guard(m.watch, m.taken.rec.Asked, m.cutOff)
	return nil
}

// release undoes open, in reverse order, even if open failed half way.
func (m *Member) release() error {
	var errs []error
	if m.watch != nil {
		m.taken.moved = m.ns.mon.remove(m.watch)
	}
	if m.control != nil {
		errs = append(errs, m.control.Close())
	}
	if m.taken != nil {
		errs = append(errs, m.taken.release())
	}
	errs = append(errs, m.ns.leave())
	return errors.Join(errs...)
}

// Name returns the name the interface had when it was opened.
func (m *Member) Name() string { return m.name }

// HardwareAddr returns the interface's permanent address.
func (m *Member) HardwareAddr() net.HardwareAddr { return slices.Clone(m.addr) }

// Index returns the interface's index.
func (m *Member) Index() int { return int(m.taken.rec.Index) }

// Virtual reports whether the interface's driver hands frames on unchanged, with checksums and
// large segments unfinished.
func (m *Member) Virtual() bool {
	info, err := unix.IoctlGetEthtoolDrvinfo(m.ns.ioctl, m.name)
	if err != nil {
		return false
	}
	switch unix.ByteSliceToString(info.Driver[:]) {
	case "veth", "tun", "macvlan", "ipvlan", "bridge":
		return true
	}
	return false
}

// ReadControl receives one slow-protocols frame.
func (m *Member) ReadControl(buf []byte) (int, error) { return m.control.Read(buf) }

// SetPartner has LACPDUs from this source address queued apart from other slow-protocols
// frames, also in the kernel.
func (m *Member) SetPartner(source lacp.MAC) error { return m.control.SetPartner(source) }

// WriteControl sends one slow-protocols frame.
func (m *Member) WriteControl(frame []byte) error { return m.control.Write(frame) }

// SetHardwareAddr gives the interface another address until Close; nil is the address it was
// found with. The interface receives frames to the last address that was not nil, the bond's,
// even without having it.
func (m *Member) SetHardwareAddr(addr net.HardwareAddr) error {
	return m.change("set MAC address", "HardwareAddr", addr.String(), func() error {
		err := m.taken.setAddr(addr)
		own := addr
		switch {
		case err != nil:
			own = nil // it may have the old or the new address
		case addr == nil:
			own, err = net.ParseMAC(m.taken.rec.HardwareAddr)
		}
		return errors.Join(err, m.hears.follow(own, addr))
	})
}

// InterfaceAddr returns the address the interface has now, and the one it was found with.
func (m *Member) InterfaceAddr() (now, found net.HardwareAddr, err error) {
	err = m.change("read MAC address", "", "", func() error {
		li, err := m.ns.rt.LinkByIndex(m.taken.rec.Index)
		if err != nil {
			return err
		}
		now = li.Addr
		found, err = net.ParseMAC(m.taken.rec.HardwareAddr)
		return err
	})
	return now, found, err
}

// MTU returns the MTU the interface has now.
func (m *Member) MTU() (mtu int, err error) {
	err = m.change("read MTU", "", "", func() error {
		li, err := m.ns.rt.LinkByIndex(m.taken.rec.Index)
		mtu = int(li.MTU)
		return err
	})
	return mtu, err
}

// SetMTU sets the interface's MTU until Close.
func (m *Member) SetMTU(mtu int) error {
	return m.change("set MTU", "MTU", strconv.Itoa(mtu), func() error { return m.taken.setMTU(mtu) })
}

// change runs fn unless the link is closed.
func (m *Member) change(op, field, value string, fn func() error) error {
	m.use.RLock()
	defer m.use.RUnlock()
	if m.closed {
		return net.ErrClosed
	}
	m.changing.Lock()
	defer m.changing.Unlock()
	if err := fn(); err != nil {
		return &link.Error{Name: m.name, Op: op, Field: field, Value: value, Err: err}
	}
	return nil
}

// Watch makes report the function that gets the link's state.
func (m *Member) Watch(report func(link.State)) { m.watch.reports.Watch(report) }

// State reads the carrier from the driver and returns the link's state; false after Close. If
// the state is new, it is reported too.
func (m *Member) State() (link.State, bool) {
	m.use.RLock()
	defer m.use.RUnlock()
	if m.closed {
		return link.State{}, false
	}
	return m.ns.mon.lookNow(m.watch), true
}

// Stats returns the counters.
func (m *Member) Stats() link.Stats {
	m.counting.Lock()
	defer m.counting.Unlock()
	m.drops += m.control.Drops()
	return link.Stats{ControlDrops: m.drops, TaggedSlow: m.control.Tagged()}
}

// Keep makes Close leave the interface as a member, for the next [OpenMember]. [Restore] ends
// that.
func (m *Member) Keep() error {
	return m.change("keep", "", "", func() error {
		m.taken.kept = true
		return nil
	})
}

// isKept reports whether Close leaves the interface as a member.
func (m *Member) isKept() bool { return m.taken != nil && m.taken.kept }

// Close ends all calls and restores the interface as it was found, unless Keep was called.
func (m *Member) Close() error { return m.close(m.release) }

func (m *Member) close(release func() error) error {
	m.once.Do(func() {
		m.use.Lock()
		m.closed = true
		m.use.Unlock()
		if err := release(); err != nil {
			m.err = &link.Error{Name: m.name, Op: "close", Err: err}
		}
	})
	return m.err
}
