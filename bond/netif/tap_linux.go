package netif

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// tap is one interface of a [Device]. When it is gone, another replaces it.
type tap struct {
	index    int32
	name     string // the name it was made with
	queues   []*afpacket.TAP
	claim    *claim
	mon      *monitor
	watch    *watch
	pokes    <-chan struct{} // its addresses, or an interface on top of it, changed
	gone     atomic.Bool     // the interface or its descriptor is gone
	reported link.State      // the last state reported
	replaced chan struct{}   // closed when it is no longer the device's, or the device is closed
}

// makeTAP makes the interface with all settings that were last set except IP addresses, or
// attaches to the interface that was kept. On failure nothing that it made remains.
func (d *Device) makeTAP(adopt bool) (_ *tap, err error) {
	t := &tap{name: d.cfg.Name, replaced: make(chan struct{})}
	defer func() {
		if err != nil {
			t.discard()
		}
	}()
	if !adopt {
		if _, err := d.ns.rt.LinkByName(t.name); err == nil {
			return nil, nameTaken(t.name, unix.EEXIST)
		}
	}
	if err := d.ns.run(func() error { return t.openQueues(&d.cfg, adopt) }); err != nil {
		return nil, err
	}
	li, err := d.ns.rt.LinkByName(t.name)
	if err != nil {
		return nil, fmt.Errorf("find TAP device: %w", err)
	}
	t.index = li.Index
	if t.claim, err = d.ns.claim(claimDevice, t.index); err != nil {
		return nil, err
	}
	if err := d.dress(t, li, adopt); err != nil {
		return nil, err
	}
	return t, d.watch(t)
}

// watch begins to follow the interface.
func (d *Device) watch(t *tap) (err error) {
	if t.mon, err = d.ns.monitor(); err != nil {
		return err
	}
	if t.watch, err = t.mon.add(t.index, t.name, 0, nil); err != nil {
		return err
	}
	t.pokes = t.mon.attend(t.watch)
	return nil
}

func (t *tap) openQueues(cfg *DeviceConfig, adopt bool) error {
	for len(t.queues) < cfg.Queues {
		fd, err := afpacket.OpenTAP(afpacket.TAPConfig{Name: t.name, MultiQueue: cfg.Queues > 1, NoOffload: cfg.NoOffload, NoCarrier: true},
			len(t.queues) == 0 && !adopt)
		if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EEXIST) {
			return nameTaken(t.name, err)
		}
		if err != nil {
			return err
		}
		q, err := afpacket.NewTAP(fd)
		if err != nil {
			_ = unix.Close(fd)
			return err
		}
		t.queues = append(t.queues, q)
	}
	return nil
}

// dress gives the interface the last settings. An adopted interface stays up or down.
func (d *Device) dress(t *tap, li rtnl.Link, adopt bool) error {
	f := &d.face
	if err := t.setCarrier(false); err != nil {
		return fmt.Errorf("set carrier: %w", err)
	}
	if f.addr == nil {
		f.addr = li.Addr
	} else if li.Addr.String() != f.addr.String() {
		if err := d.ns.rt.SetAddr(t.index, f.addr); err != nil {
			return fmt.Errorf("set MAC address: %w", err)
		}
	}
	if int(li.MTU) != f.mtu {
		if err := d.ns.rt.SetMTU(t.index, f.mtu); err != nil {
			return fmt.Errorf("set MTU: %w", err)
		}
	}
	_ = d.showSpeed(t, f.speed) // not every kernel can
	if f.alias != "" {
		if err := d.ns.rt.SetAlias(t.index, f.alias); err != nil {
			return fmt.Errorf("set alias: %w", err)
		}
	}
	if !adopt {
		if err := d.ns.rt.SetUp(t.index, true); err != nil {
			return fmt.Errorf("set up: %w", err)
		}
	}
	return nil
}

func (t *tap) setCarrier(up bool) error { return t.queues[0].SetCarrier(up) }

// discard closes the descriptors of the interface. The kernel then removes the interface,
// also from another namespace. A second call does nothing.
func (t *tap) discard() {
	t.gone.Store(true)
	if t.watch != nil {
		t.mon.remove(t.watch)
		t.watch = nil
	}
	_ = t.claim.release() // the second time it is released already
	t.index = 0
	for _, q := range t.queues {
		q.Close()
	}
}

// lookInterval is how often a device's state is read without a notification. The kernel sends
// none when a packet socket accepts frames for another MAC address.
const lookInterval = 3 * time.Second

// use makes the interface the device's.
func (d *Device) use(t *tap) {
	changes := link.States(&t.watch.reports)
	if old := d.tap.Swap(t); old != nil {
		close(old.replaced)
	}
	go func() {
		again := time.NewTicker(lookInterval)
		defer again.Stop()
		for {
			select {
			case st := <-changes:
				if st.Removed {
					d.lose(t)
					continue
				}
				// The message may be older than the last setting.
				d.reportNow()
			case <-t.pokes:
				d.reportNow() // the kernel does not report changes of promiscuity
			case <-again.C:
				d.reportNow()
			case <-t.replaced:
				return
			}
		}
	}()
}

func (d *Device) reportNow() { _, _ = d.State() }

// lose notes that an interface is gone.
func (d *Device) lose(t *tap) { d.report(t, link.State{Removed: true}) }

// report reports a state if it is new. For an interface that is gone it reports that once. For
// one that is no longer the device's it reports nothing.
func (d *Device) report(t *tap, st link.State) {
	d.reports.Lock()
	defer d.reports.Unlock()
	if st.Removed {
		t.gone.Store(true)
		st = link.State{Removed: true}
	}
	if st == t.reported || t.reported.Removed || d.tap.Load() != t || d.closed.Load() {
		return
	}
	t.reported = st
	d.changes.Put(st)
}

// Watch makes report the function that gets the state of the interface.
func (d *Device) Watch(report func(link.State)) { d.changes.Watch(report) }

// State reads the state of the interface; false after Close.
func (d *Device) State() (link.State, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return link.State{}, false
	}
	t := d.tap.Load()
	if t.gone.Load() {
		return link.State{Removed: true}, true
	}
	li, err := d.ns.rt.LinkByIndex(t.index)
	if err != nil {
		if isGone(err) {
			d.lose(t)
			return link.State{Removed: true}, true
		}
		return link.State{}, false
	}
	st := li.State(t.name)
	d.report(t, st) // the caller may be the first to see a change
	return st, true
}

// Remake makes the interface again after it is gone, with the name, alias, MAC address, MTU, IP
// addresses, routes, speed and carrier that were last set. Routes, neighbours and addresses that
// other programs had set went with the old one, as in the kernel. Remake first removes what remains
// of the old one, possibly in another namespace. Until Remake, Read waits for ever.
func (d *Device) Remake() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return net.ErrClosed
	}
	d.tap.Load().discard()
	t, err := d.makeTAP(false)
	if err != nil {
		return d.remakeError(err)
	}
	err = d.addresses(t).Set(nil, d.face.addrs)
	if err == nil {
		err = d.addresses(t).SetRoutes(d.face.routes)
	}
	if err != nil {
		t.discard()
		return d.remakeError(err)
	}
	if err := t.setCarrier(d.face.carrier); err != nil {
		t.discard()
		return d.remakeError(err)
	}
	d.use(t)
	return nil
}

func (d *Device) remakeError(err error) error {
	var le *link.Error
	if errors.As(err, &le) {
		return err
	}
	return &link.Error{Name: d.cfg.Name, Op: "make again", Err: err}
}
