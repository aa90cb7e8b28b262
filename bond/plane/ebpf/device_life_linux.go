package ebpf

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// use makes a pair the device's, and reports what other programs do to it.
func (d *Device) use(p *pair) {
	d.pair = p
	changes := link.States(p.watch)
	go func() {
		for {
			select {
			case st := <-changes:
				if st.Removed {
					d.lose(p)
					continue
				}
				_, _ = d.State() // it reports; the message may be older than the last setting
			case <-p.replaced:
				return
			}
		}
	}()
}

// lose notes that an interface is gone.
func (d *Device) lose(p *pair) { d.report(p, link.State{Removed: true}) }

// report reports a state if it is new. For an interface that is gone it reports that once.
func (d *Device) report(p *pair, st link.State) {
	d.reports.Lock()
	defer d.reports.Unlock()
	if st == p.reported || p.gone || d.closed() {
		return
	}
	p.reported, p.gone = st, st.Removed
	d.changes.Put(st)
}

// Watch makes report the function that gets the state of the interface.
func (d *Device) Watch(report func(link.State)) { d.changes.Watch(report) }

// State reads the state of the interface; false after Close.
func (d *Device) State() (link.State, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return link.State{}, false
	}
	li, err := d.rt.LinkByIndex(d.pair.index)
	if errors.Is(err, unix.ENODEV) {
		d.lose(d.pair)
		return link.State{Removed: true}, true
	}
	if err != nil {
		return link.State{}, false
	}
	st := li.State(d.name)
	d.report(d.pair, st) // the caller may be the first to see a change
	return st, true
}

// Remake makes the interface again after it is gone, with the name, alias, MAC address, MTU, IP
// addresses, routes and carrier that were last set. What other programs had set went with the old one.
// The plane's programs come with the next plan.
func (d *Device) Remake() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	if err := d.removePair(); err != nil {
		return d.error("make again", err)
	}
	p, err := d.makePair()
	if err != nil {
		return d.error("make again", err)
	}
	err = errors.Join(d.setOffload(p, d.face.offload), d.rt.SetAlias(p.index, d.face.alias), d.addresses(p).Set(nil, d.face.addrs),
		d.addresses(p).SetRoutes(d.face.routes), d.rt.SetUp(p.peer, d.face.carrier))
	if err != nil {
		return d.error("make again", errors.Join(err, d.discard(p)))
	}
	close(d.pair.replaced)
	err = d.pair.watch.Close()
	d.use(p)
	if err != nil {
		return d.error("make again", err)
	}
	return nil
}

// removePair removes what is left of the pair. The kernel removes both ends, even if one is in
// another namespace by now.
func (d *Device) removePair() error {
	for _, end := range [][2]int32{{d.pair.index, d.pair.peer}, {d.pair.peer, d.pair.index}} {
		li, err := d.rt.LinkByIndex(end[0])
		ours := err == nil && li.Kind == "veth" && (li.LowerAway || li.Lower == end[1])
		if ours {
			err = d.rt.DeleteLink(end[0])
		}
		if err != nil && !errors.Is(err, unix.ENODEV) {
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
		close(d.pair.replaced)
		err := d.pair.watch.Close()
		if !d.keep {
			err = errors.Join(err, d.removePair())
		}
		if err := errors.Join(err, d.release()); err != nil {
			d.err = d.error("close", err)
		}
	})
	return d.err
}
