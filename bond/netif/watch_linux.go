package netif

import (
	"errors"

	"github.com/lagkit/lagkit/bond/link"
)

// watcher reports the state of the interface of a [KernelDevice]. As long as it is open, no other
// program of this module takes the device.
type watcher struct {
	mon   *monitor
	w     *watch
	claim *claim
}

// watch claims the device with an index and a name, and begins to follow it. The error is an
// [*OwnedError] if another process, or this one, has the device.
func (n *Namespace) watch(index int, name string) (*watcher, error) {
	c, err := n.ns.claim(claimDevice, int32(index))
	if err != nil {
		return nil, err
	}
	return n.follow(c, index, name)
}

// follow begins to follow a device that is claimed. After an error the claim is released.
func (n *Namespace) follow(c *claim, index int, name string) (*watcher, error) {
	w := &watcher{claim: c}
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

// watchHanded is watch for a device that another process hands over, with the descriptor of its
// claim.
func (n *Namespace) watchHanded(index int, name string, fd int) (*watcher, error) {
	c, err := adoptClaim(claimDevice, int32(index), fd)
	if err != nil {
		return nil, err
	}
	return n.follow(c, index, name)
}

// Watch makes report the function that gets the interface's state. An interface that is gone is
// reported by Removed.
func (w *watcher) Watch(report func(link.State)) { w.w.reports.Watch(report) }

// Close ends the reports and the claim. It must come before the namespace's.
func (w *watcher) Close() error {
	w.mon.remove(w.w)
	return w.claim.release()
}
