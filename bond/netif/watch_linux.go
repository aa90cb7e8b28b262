package netif

import (
	"errors"

	"github.com/lagkit/lagkit/bond/link"
)

// Watcher reports the state of a bond's device that this package has not made, such as that of
// a plane in the kernel. As long as it is open, no other program of this module takes the
// device.
type Watcher struct {
	mon   *monitor
	w     *watch
	claim *claim
}

// Watch claims the device with an index and a name, and begins to follow it. The error is an
// [*OwnedError] if another process, or this one, has the device.
func (n *Namespace) Watch(index int, name string) (*Watcher, error) {
	c, err := n.ns.claim(claimDevice, int32(index))
	if err != nil {
		return nil, err
	}
	return n.watch(c, index, name)
}

// WatchHanded is Watch for a device that another process hands over, with the descriptor that
// [Watcher.Hand] has returned there.
func (n *Namespace) WatchHanded(index int, name string, claim int) (*Watcher, error) {
	c, err := adoptClaim(claimDevice, int32(index), claim)
	if err != nil {
		return nil, err
	}
	return n.watch(c, index, name)
}

func (n *Namespace) watch(c *claim, index int, name string) (*Watcher, error) {
	w := &Watcher{claim: c}
	err := n.ns.run(func() (err error) { // the monitor listens in the namespace of the thread that starts it
		if w.mon, err = n.ns.monitor(); err == nil {
			w.w, err = w.mon.add(int32(index), name, 0, nil)
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, c.release())
	}
	return w, nil
}

// Hand returns a descriptor of the claim for another process. The caller closes it.
func (w *Watcher) Hand() (int, error) { return w.claim.hand() }

// Own makes this process the one that is reported as the owner of a device from another process.
func (w *Watcher) Own() error { return w.claim.own() }

// Watch makes report the function that gets the interface's state. An interface that is gone is
// reported by Removed.
func (w *Watcher) Watch(report func(link.State)) { w.w.reports.Watch(report) }

// Close ends the reports and the claim. It must come before the namespace's.
func (w *Watcher) Close() error {
	w.mon.remove(w.w)
	return w.claim.release()
}
