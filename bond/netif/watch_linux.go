package netif

import "github.com/lagkit/lagkit/bond/link"

// Watcher reports the state of an interface that this package has not opened, such as the
// device of a plane in the kernel.
type Watcher struct {
	mon *monitor
	w   *watch
}

// Watch begins to follow the interface with an index and a name.
func (n *Namespace) Watch(index int, name string) (w *Watcher, err error) {
	err = n.ns.run(func() error { // the monitor listens in the namespace of the thread that starts it
		mon, err := n.ns.monitor()
		if err != nil {
			return err
		}
		watched, err := mon.add(int32(index), name, 0, nil)
		w = &Watcher{mon, watched}
		return err
	})
	return w, err
}

// Watch makes report the function that gets the interface's state. An interface that is gone is
// reported by Removed.
func (w *Watcher) Watch(report func(link.State)) { w.w.reports.Watch(report) }

// Close ends the reports. It must come before the namespace's.
func (w *Watcher) Close() { w.mon.remove(w.w) }
