package netif

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/lacp"
)

// Link is a Linux network interface as a member.
type Link struct {
	name    string
	addr    net.HardwareAddr
	ns      *namespace
	taken   *takeover
	watch   *watch
	control *afpacket.Control
	rx      *afpacket.Receiver
	tx      *afpacket.Sender
	hears   reception

	changing sync.Mutex // serializes changes of the interface and its record

	mu      sync.Mutex // guards stats, arrived and closing
	stats   link.Stats // what the sockets have reported so far
	arrived uint32     // data frames that the kernel has queued; it wraps

	returned uint32        // data frames that Read has returned; only Read's caller uses it
	passed   atomic.Uint32 // data frames that the caller is done with or Read left out
	once     sync.Once
	err      error
}

// OpenLink makes an Ethernet interface of the calling thread's network namespace a member
// link. The host's IP stack loses the interface. It carries the bond's MAC address, receives
// the frames that [Config.Receive] selects, and is set up. Close restores it as it was found;
// after the process was killed, the next OpenLink or [Restore] does. Errors are of type
// [*link.Error]. OpenLink needs CAP_NET_RAW and, to change any setting of the interface,
// CAP_NET_ADMIN. The link has a method Stats() [link.Stats].
func OpenLink(cfg Config) (*Link, error) {
	l := &Link{name: cfg.Name}
	open := func(ns *namespace) error {
		l.ns = ns
		return l.open(&cfg)
	}
	if err := openInterface(&cfg.Name, open, l.release); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Link) open(cfg *Config) (err error) {
	if cfg.Receive > ReceiveAddressed {
		return &link.Error{Name: cfg.Name, Op: "open", Field: "Receive", Value: cfg.Receive.String(), Allowed: "ReceiveAll or ReceiveAddressed"}
	}
	if l.taken, err = takeOver(l.ns, cfg); err != nil {
		return err
	}
	index := l.taken.rec.Index
	if l.addr, err = l.taken.rec.hardwareAddr(); err != nil {
		return err
	}
	if l.control, err = afpacket.OpenControl(index); err != nil {
		return err
	}
	if l.rx, err = afpacket.OpenReceiver(index); err != nil {
		return err
	}
	if l.tx, err = afpacket.OpenSender(index); err != nil {
		return err
	}
	l.rx.CloseWith(l.tx)
	if err := l.hear(cfg); err != nil {
		return err
	}
	// Not before the sockets exist: the partner's first LACPDU comes with the carrier.
	if err := l.taken.setUp(); err != nil {
		return err
	}
	mon, err := l.ns.monitor()
	if err != nil {
		return err
	}
	if l.watch, err = mon.add(index, cfg.Name, cfg.CarrierPoll, l.featuresChanged); err != nil {
		return err
	}
	if !cfg.AllowHostStack {
		mon.guard(l.watch)
	}
	return nil
}

// hear makes the interface receive the frames that the bond wants.
func (l *Link) hear(cfg *Config) error {
	own, err := net.ParseMAC(l.taken.rec.HardwareAddr)
	if err != nil {
		return err
	}
	bond := own
	if cfg.HardwareAddr != nil {
		bond = cfg.HardwareAddr
	}
	if !cfg.KeepAddr {
		own = bond
	}
	l.hears.rx, l.hears.policy = l.rx, cfg.Receive
	return l.hears.begin(own, bond)
}

// featuresChanged runs in the monitor.
func (l *Link) featuresChanged(name string) {
	if !l.rx.Use() {
		return
	}
	defer l.rx.Unuse()
	l.tx.SetBypass(ethtool.HasGSO(l.ns.ioctl, name))
}

// release undoes open, in reverse order, even if open failed half way.
func (l *Link) release() error {
	var errs []error
	if l.watch != nil {
		l.taken.moved = l.ns.mon.remove(l.watch)
	}
	if l.rx != nil {
		l.rx.Close()
	}
	if l.control != nil {
		errs = append(errs, l.control.Close())
	}
	if l.taken != nil {
		errs = append(errs, l.taken.release())
	}
	errs = append(errs, l.ns.leave())
	return errors.Join(errs...)
}

// Name returns the name the interface had when it was opened.
func (l *Link) Name() string { return l.name }

// HardwareAddr returns the interface's permanent address.
func (l *Link) HardwareAddr() net.HardwareAddr { return slices.Clone(l.addr) }

// Index returns the interface's index.
func (l *Link) Index() int { return int(l.taken.rec.Index) }

// Virtual reports whether the interface's driver hands frames on unchanged, with checksums and
// large segments unfinished.
func (l *Link) Virtual() bool {
	info, err := unix.IoctlGetEthtoolDrvinfo(l.ns.ioctl, l.name)
	if err != nil {
		return false
	}
	switch unix.ByteSliceToString(info.Driver[:]) {
	case "veth", "tun", "macvlan", "ipvlan", "bridge":
		return true
	}
	return false
}

// Read receives data frames. The buffers should be of [link.BufferSize].
func (l *Link) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	l.passed.Store(l.returned + uint32(l.rx.LeftOut()))
	n, err := l.rx.Read(bufs, frames)
	l.returned += uint32(n)
	return n, err
}

// Mark returns the place after the last data frame that the kernel has queued.
func (l *Link) Mark() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rx.Use() {
		l.readStats()
		l.rx.Unuse()
	}
	return l.arrived
}

// Passed reports whether the reader is done with the frames before a mark. It may be late by
// one frame for each frame that the present Read has left out.
func (l *Link) Passed(mark uint32) bool { return int32(l.passed.Load()-mark) >= 0 }

// readStats adds what the kernel has counted since the last call.
func (l *Link) readStats() {
	queued, dropped := l.rx.Stats()
	l.arrived += queued
	l.stats.KernelDrops += uint64(dropped)
}

// Write sends data frames and returns how many it sent, n. An error is about frame n, and
// Write did not try the frames after it. An error that means "later" (EAGAIN, ENOBUFS,
// ENETDOWN) would also meet those.
func (l *Link) Write(frames []link.Frame) (int, error) {
	if !l.rx.Use() {
		return 0, net.ErrClosed
	}
	defer l.rx.Unuse()
	return l.tx.Write(frames)
}

// ReadControl receives one slow-protocols frame.
func (l *Link) ReadControl(buf []byte) (int, error) { return l.control.Read(buf) }

// SetPartner has LACPDUs from this source address queued apart from other slow-protocols
// frames, also in the kernel.
func (l *Link) SetPartner(source lacp.MAC) error { return l.control.SetPartner(source) }

// WriteControl sends one slow-protocols frame.
func (l *Link) WriteControl(frame []byte) error { return l.control.Write(frame) }

// SetHardwareAddr gives the interface another address until Close; nil is the address it was
// found with. The interface receives frames to the last address that was not nil, the bond's,
// even without having it.
func (l *Link) SetHardwareAddr(addr net.HardwareAddr) error {
	return l.change("set MAC address", "HardwareAddr", addr.String(), func() error {
		err := l.taken.setAddr(addr)
		own := addr
		switch {
		case err != nil:
			own = nil // it may have the old or the new address
		case addr == nil:
			own, err = net.ParseMAC(l.taken.rec.HardwareAddr)
		}
		return errors.Join(err, l.hears.follow(own, addr))
	})
}

// InterfaceAddr returns the address the interface has now, and the one it was found with.
func (l *Link) InterfaceAddr() (now, found net.HardwareAddr, err error) {
	err = l.change("read MAC address", "", "", func() error {
		li, err := l.ns.rt.LinkByIndex(l.taken.rec.Index)
		if err != nil {
			return err
		}
		now = li.Addr
		found, err = net.ParseMAC(l.taken.rec.HardwareAddr)
		return err
	})
	return now, found, err
}

// MTU returns the MTU the interface has now.
func (l *Link) MTU() (mtu int, err error) {
	err = l.change("read MTU", "", "", func() error {
		li, err := l.ns.rt.LinkByIndex(l.taken.rec.Index)
		mtu = int(li.MTU)
		return err
	})
	return mtu, err
}

// SetMTU sets the interface's MTU until Close.
func (l *Link) SetMTU(mtu int) error {
	return l.change("set MTU", "MTU", strconv.Itoa(mtu), func() error { return l.taken.setMTU(mtu) })
}

// change runs fn unless the link is closed.
func (l *Link) change(op, field, value string, fn func() error) error {
	if !l.rx.Use() {
		return net.ErrClosed
	}
	defer l.rx.Unuse()
	l.changing.Lock()
	defer l.changing.Unlock()
	if err := fn(); err != nil {
		return &link.Error{Name: l.name, Op: op, Field: field, Value: value, Err: err}
	}
	return nil
}

// Watch makes report the function that gets the link's state.
func (l *Link) Watch(report func(link.State)) { l.watch.reports.Watch(report) }

// State reads the carrier from the driver and returns the link's state; false after Close. If
// the state is new, it is reported too.
func (l *Link) State() (link.State, bool) {
	if !l.rx.Use() {
		return link.State{}, false
	}
	defer l.rx.Unuse()
	return l.ns.mon.lookNow(l.watch), true
}

// Stats returns the counters, which survive Close.
func (l *Link) Stats() link.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rx.Use() {
		l.readStats()
		l.rx.Unuse()
		l.stats.ControlDrops += l.control.Drops()
	}
	s := l.stats
	s.TaggedSlow = l.control.Tagged() + l.rx.Tagged()
	s.Truncated = l.rx.Truncated()
	s.Unreadable = l.rx.Unreadable()
	s.Segmented = l.tx.Segmented()
	s.SendRefused = l.tx.Refused()
	s.SendOverflows = l.tx.Overflows()
	return s
}

// Close ends all calls and restores the interface as it was found.
func (l *Link) Close() error {
	l.once.Do(func() {
		if err := l.release(); err != nil {
			l.err = &link.Error{Name: l.name, Op: "close", Err: err}
		}
	})
	return l.err
}
