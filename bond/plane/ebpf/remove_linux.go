package ebpf

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/netif"
)

// Remove removes what a process that ended without [Plane.Close] has left of the bond whose device
// has a name, in the calling thread's network namespace: the device, and what is pinned in a
// directory that was its [Config.Pins]. It does nothing if there is nothing. It refuses a device
// that a process has, with a [*netif.OwnedError], and an interface that no Device was.
func Remove(dir, name string) error { return remove(dir, name, false) }

func remove(dir, name string, onlyFilters bool) error {
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return err
	}
	d := &Device{name: name, ns: ns, ioctl: -1, packets: -1, done: make(chan struct{})}
	if err := d.connect(); err != nil {
		return errors.Join(d.error("remove", err), d.release())
	}
	if err := d.removeLeft(dir, onlyFilters); err != nil {
		return errors.Join(d.error("remove", err), d.release())
	}
	return d.release()
}

func (d *Device) removeLeft(dir string, onlyFilters bool) error {
	if _, err := d.rt.LinkByName(d.name); !errors.Is(err, unix.ENODEV) {
		p, err := d.findPair()
		if err != nil {
			return err
		}
		d.pair = p
		if err := errors.Join(p.watch.Close(), d.removePair()); err != nil {
			return err
		}
	}
	return d.removeHooks(pins(filepath.Join(dir, d.ns.Key()+"-"+d.name)), onlyFilters)
}

// removeHooks removes the hooks of members, and what is pinned.
func (d *Device) removeHooks(left pins, onlyFilters bool) error {
	hooks, err := openHooks(d, left, onlyFilters)
	if err != nil {
		return explain(err)
	}
	found, err := hooks.left()
	errs := []error{err}
	for _, h := range found {
		errs = append(errs, h.remove())
	}
	if err := left.remove(); !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, hooks.close())...)
}
