package netif

import "github.com/lagkit/lagkit/bond/link"

// Watch reports the state of an interface that this package has not opened, such as the device
// of a plane in the kernel.
type Watch struct {
	mon *monitor
	w   *watch
}

// Watch begins to report the state of the interface with an index and a name.
func (n *Namespace) Watch(index int, name string) (w *Watch, err error) {
	err = n.ns.run(func() error { // the monitor listens in the namespace of the thread that starts it
		mon, err := n.ns.monitor()
		if err != nil {
			return err
		}
		watched, err := mon.add(int32(index), name, 0, nil)
		w = &Watch{mon, watched}
		return err
	})
	return w, err
}

// Changes delivers the state of the interface: once at the start, then whenever it has changed.
// A slow reader gets only the newest state. An interface that is gone is reported by Removed.
// The channel is never closed.
func (w *Watch) Changes() <-chan link.State { return w.w.changes }

// Close ends the reports. It must come before the namespace's.
func (w *Watch) Close() { w.mon.remove(w.w) }
