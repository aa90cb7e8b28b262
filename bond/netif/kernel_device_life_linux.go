package netif

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// use makes an interface the device's, and reports what other programs do to it.
func (d *KernelDevice) use(m *made) {
	d.made = m
	changes := link.States(m.watch)
	go func() {
		for {
			select {
			case st := <-changes:
				if st.Removed {
					d.lose(m)
					continue
				}
				_, _ = d.State() // it reports; the message may be older than the last setting
			case <-m.replaced:
				return
			}
		}
	}()
}

// lose notes that an interface is gone.
func (d *KernelDevice) lose(m *made) { d.report(m, link.State{Removed: true}) }

// report reports a state if it is new. For an interface that is gone it reports that once.
func (d *KernelDevice) report(m *made, st link.State) {
	d.reports.Lock()
	defer d.reports.Unlock()
	if st == m.reported || m.gone || d.closed() {
		return
	}
	m.reported, m.gone = st, st.Removed
	d.changes.Put(st)
}

// Watch makes report the function that gets the state of the interface.
func (d *KernelDevice) Watch(report func(link.State)) { d.changes.Watch(report) }

// State reads the state of the interface; false after Close.
func (d *KernelDevice) State() (link.State, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return link.State{}, false
	}
	li, err := d.ns.ns.rt.LinkByIndex(int32(d.made.index))
	if errors.Is(err, unix.ENODEV) {
		d.lose(d.made)
		return link.State{Removed: true}, true
	}
	if err != nil {
		return link.State{}, false
	}
	st := li.State(d.name)
	d.report(d.made, st) // the caller may be the first to see a change
	return st, true
}

// Remake makes the interface again after it is gone, with the name, alias, MAC address, MTU,
// IP addresses, routes and carrier that were last set. What other programs had set went with the old one.
// The plane gives the new one its frames with the next plan.
func (d *KernelDevice) Remake() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	if err := d.driver.Remove(d.made.index); err != nil {
		return d.error("make again", err)
	}
	m, err := d.make()
	if err != nil {
		return d.error("make again", err)
	}
	err = errors.Join(d.driver.Dress(m.index), d.ns.ns.rt.SetAlias(int32(m.index), d.face.alias), d.addresses(m.index).Set(nil, d.face.addrs),
		d.addresses(m.index).SetRoutes(d.face.routes), d.driver.SetCarrier(m.index, d.face.carrier))
	if err != nil {
		return d.error("make again", errors.Join(err, d.discard(m)))
	}
	close(d.made.replaced)
	err = d.made.watch.Close()
	d.use(m)
	if err != nil {
		return d.error("make again", err)
	}
	return nil
}

// Keep makes Close leave the interface as it is, to the program that opens it next.
func (d *KernelDevice) Keep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep = true
	return nil
}

// Close removes the interface, unless Keep was called.
func (d *KernelDevice) Close() error {
	d.once.Do(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		close(d.done)
		close(d.made.replaced)
		err := d.made.watch.Close()
		if !d.keep {
			err = errors.Join(err, d.driver.Remove(d.made.index))
		}
		if err := errors.Join(err, d.release()); err != nil {
			d.err = d.error("close", err)
		}
	})
	return d.err
}

// RemoveKernelDevice removes the device that a process which was killed has left, in the calling
// thread's network namespace. It does nothing if no interface has the name. The cause of the error
// is [ErrForeign] for an interface of another program, and an [*OwnedError] for a device that a
// process has. The error is a [*link.Error].
func RemoveKernelDevice(name string, driver DeviceDriver) error {
	ns, err := CurrentNamespace()
	if err != nil {
		return &link.Error{Name: name, Op: "remove", Err: err}
	}
	d := &KernelDevice{name: name, ns: ns, driver: driver}
	if err := errors.Join(d.removeLeft(), ns.Close()); err != nil {
		return d.error("remove", err)
	}
	return nil
}

func (d *KernelDevice) removeLeft() error {
	m, err := d.claim()
	switch {
	case errors.Is(err, unix.ENODEV):
		return nil
	case errors.Is(err, ErrForeign):
		return d.refuseName("a device that a bond has left", err)
	case err != nil:
		return err
	}
	return d.discard(m)
}
