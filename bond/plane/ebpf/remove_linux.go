package ebpf

import (
	"errors"
	"os"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// Remove removes what a process that ended without [Plane.Close] has left of the bond whose device
// has a name, in the calling thread's network namespace: the device, and what is pinned in a
// directory that was its [Config.Pins]. It does nothing if there is nothing. It refuses a device
// that a process has, with a [*netif.OwnedError], and an interface that no Device was.
func Remove(dir, name string) error { return remove(dir, name, false) }

func remove(dir, name string, onlyFilters bool) error {
	v, err := newVeth()
	if err != nil {
		return &link.Error{Name: name, Op: "remove", Err: err}
	}
	if err := netif.RemoveKernelDevice(name, v); err != nil {
		return errors.Join(err, v.Close())
	}
	if err := errors.Join(removeHooks(v.ns, name, pinsOf(dir, v.ns, name), onlyFilters), v.Close()); err != nil {
		return &link.Error{Name: name, Op: "remove", Err: err}
	}
	return nil
}

// removeHooks removes the hooks of members of the device with a name, and what is pinned.
func removeHooks(ns *netif.Namespace, name string, left pins, onlyFilters bool) error {
	hooks, err := openHooks(ns, name, left, onlyFilters)
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
