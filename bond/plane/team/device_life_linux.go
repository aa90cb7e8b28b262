package team

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// use makes a team the device's, and reports what other programs do to it.
func (d *Device) use(t *team) {
	d.team = t
	changes := link.States(t.watch)
	go func() {
		for {
			select {
			case st := <-changes:
				if st.Removed {
					d.lose(t)
					continue
				}
				_, _ = d.State() // it reports; the message may be older than the last setting
			case <-t.replaced:
				return
			}
		}
	}()
}

// lose notes that an interface is gone.
func (d *Device) lose(t *team) { d.report(t, link.State{Removed: true}) }

// report reports a state if it is new. For an interface that is gone it reports that once.
func (d *Device) report(t *team, st link.State) {
	d.reports.Lock()
	defer d.reports.Unlock()
	if st == t.reported || t.gone || d.closed() {
		return
	}
	t.reported, t.gone = st, st.Removed
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
	li, err := d.rt.LinkByIndex(d.team.index)
	if errors.Is(err, unix.ENODEV) {
		d.lose(d.team)
		return link.State{Removed: true}, true
	}
	if err != nil {
		return link.State{}, false
	}
	st := li.State(d.name)
	d.report(d.team, st) // the caller may be the first to see a change
	return st, true
}

// Remake makes the interface again after it is gone, with the name, alias, MAC address, MTU, IP
// addresses, routes and carrier that were last set. What other programs had set went with the old one.
// The members come with the next plan.
func (d *Device) Remake() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	if err := d.remove(); err != nil {
		return d.error("make again", err)
	}
	t, err := d.makeTeam()
	if err != nil {
		return d.error("make again", err)
	}
	err = errors.Join(d.rt.SetAlias(t.index, d.face.alias), d.addresses(t.index).Set(nil, d.face.addrs),
		d.addresses(t.index).SetRoutes(d.face.routes), d.rt.SetCarrier(t.index, d.face.carrier))
	if err != nil {
		return d.error("make again", errors.Join(err, t.watch.Close(), d.rt.DeleteLink(t.index)))
	}
	close(d.team.replaced)
	err = d.team.watch.Close()
	d.use(t)
	if err != nil {
		return d.error("make again", err)
	}
	return nil
}

// remove removes the interface if it is there and still ours.
func (d *Device) remove() error {
	li, err := d.rt.LinkByIndex(d.team.index)
	if err == nil && li.Kind == deviceKind {
		err = d.rt.DeleteLink(d.team.index)
	}
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
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
		close(d.team.replaced)
		err := d.team.watch.Close()
		if !d.keep {
			err = errors.Join(err, d.remove())
		}
		if err := errors.Join(err, d.release()); err != nil {
			d.err = d.error("close", err)
		}
	})
	return d.err
}
