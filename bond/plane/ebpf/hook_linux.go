package ebpf

import (
	"errors"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/bond/netif"
)

// hook is a program of ours at the ingress of an interface, in front of those of other programs.
type hook interface {
	// at returns the index of the interface where the hook is; 0 if it is gone.
	at() uint32
	// replace gives the hook another program. Every frame meets one of the two.
	replace(*ebpf.Program) error
	// remove takes the hook off its interface.
	remove() error
	// leave leaves the hook to the next process if the plane pins, and removes it otherwise.
	leave() error
}

// isAt reports whether a hook is at an interface. A hook may be nil.
func isAt(h hook, index uint32) bool { return h != nil && h.at() == index }

// hooks makes hooks in the network namespace of a device.
type hooks interface {
	// attach makes a hook. file is where it is pinned, if hooks of this kind are.
	attach(index uint32, p *ebpf.Program, file string) (hook, error)
	// left returns the hooks that an earlier process left, by interface index.
	left() (map[uint32]hook, error)
	kind() string
	close() error
}

// openHooks returns the kind of hooks that the kernel has, for the device with a name: links at TCX,
// or filters.
func openHooks(ns *netif.Namespace, device string, dir pins, onlyFilters bool) (hooks, error) {
	tcx, err := hasTCX()
	if err != nil {
		return nil, err
	}
	if tcx && !onlyFilters {
		return &links{ns: ns, pins: dir}, nil
	}
	return openFilters(ns, device, dir)
}

// hasTCX reports whether programs can be attached at TCX: from Linux 6.6 on.
func hasTCX() (bool, error) {
	p, err := load("lagkit_check", ret(verdictNext))
	if err != nil {
		return false, err
	}
	defer closeLoaded(p)
	err = tryTCX(p)
	if errors.Is(err, ebpf.ErrNotSupported) {
		return false, nil
	}
	return err == nil, err
}
