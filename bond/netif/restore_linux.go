package netif

import (
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Restore restores the interfaces of the calling thread's network namespace that a dead
// process left as members. It uses the records in stateDir (empty means [DefaultStateDir]) and
// removes them. It does not touch interfaces of live processes. A program whose configuration
// may name other interfaces than before calls it at its start; [OpenLink] does the same for
// the interface it opens.
//
// Each record is restored independently. The error joins one [*link.Error] for each interface
// that is not fully restored, and one [*RecordError] for each file that is not a record and is
// moved aside, and for each record that was dropped because its interface vanished with an
// earlier boot or with its network namespace. Records of other namespaces stay.
//
// It leaves the interfaces that are called except as they are: the caller is about to open
// them, and OpenLink and [OpenMember] find their records.
func Restore(stateDir string, except ...string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return err
	}
	store, err := openState(stateDir)
	if err != nil {
		return errors.Join(stateDirError("", "restore", stateDir, err), ns.leave())
	}
	defer store.close()
	store.sweepTemporaries()
	records, bad, err := store.list()
	errs := []error{err}
	for _, b := range bad {
		if !b.keep {
			store.setAside(b)
		}
		errs = append(errs, b)
	}
	for _, r := range records {
		// Read again: the restore of another record may have left a route to this one's.
		r, err := store.read(r.file)
		if err == nil {
			err = r.settle(ns, store, except)
		}
		errs = append(errs, err)
	}
	errs = append(errs, ns.leave())
	return errors.Join(errs...)
}

var (
	errOtherBoot     = errors.New("it is from an earlier boot")
	errNamespaceGone = errors.New("its network namespace is gone")
	errUnproven      = errors.New("it does not prove that the interface with its index is the one it describes")
)

// settle restores the interface of a record and removes the record, unless the interface
// belongs to a live process or another namespace.
func (r *record) settle(ns *namespace, store *stateStore, except []string) error {
	useless := &RecordError{Path: filepath.Join(store.dir, r.file)}
	switch r.place(ns) {
	case placeOther:
		return nil
	case placeBoot:
		useless.Err = errOtherBoot
		return errors.Join(useless, store.remove(r))
	case placeGone:
		useless.Err = errNamespaceGone
		return errors.Join(useless, store.remove(r))
	}
	if r.Version == 1 && r.alive() {
		return nil
	}
	if r.Away {
		return r.settleAway(ns, store)
	}
	if li, err := ns.rt.LinkByIndex(r.Index); err == nil && slices.ContainsFunc(except, li.HasName) {
		return nil
	}
	mine, err := ns.claim(claimMember, r.Index)
	if errors.As(err, new(*OwnedError)) {
		return nil
	}
	if err != nil {
		return &link.Error{Name: r.Name, Op: "restore", Err: err}
	}
	ours, err := r.proves(ns)
	if err == nil && !ours {
		useless.Err = errUnproven
		store.setAside(useless)
		return errors.Join(useless, mine.release())
	}
	undone, err := r.restore(ns, store)
	if undone {
		err = errors.Join(err, store.remove(r))
	}
	return errors.Join(err, mine.release())
}

// proves reports whether the interface with the record's index is the record's. It also
// returns true if no interface has that index.
func (r *record) proves(ns *namespace) (bool, error) {
	li, err := ns.rt.LinkByIndex(r.Index)
	if errors.Is(err, unix.ENODEV) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return r.isOf(ns, li)
}

// restoration is the work on one interface.
type restoration struct {
	*record
	ns    *namespace
	store *stateStore // nil: it can't be used
	link  rtnl.Link   // as it was at first
	errs  []error
	again bool // a later try may do what failed
}

// restore gives the interface the settings in the record. It changes only what differs, so it
// may be called after any part of a takeover, and again. It leaves an interface alone that is
// gone, or is another by now. done is false if a later try may do what failed in this one.
func (r *record) restore(ns *namespace, store *stateStore) (done bool, err error) {
	li, err := ns.rt.LinkByIndex(r.Index)
	if errors.Is(err, unix.ENODEV) {
		return true, nil
	}
	ours := false
	if err == nil {
		ours, err = r.isOf(ns, li)
	}
	if err == nil && !ours {
		return true, nil
	}
	if err != nil {
		return false, &link.Error{Name: r.Name, Op: "restore", Err: err}
	}
	w := &restoration{record: r, ns: ns, store: store, link: li}
	w.leavePort()
	w.restoreLink()
	w.restoreReception()
	w.restoreIPv6()
	w.restoreAddrs()
	w.restoreNexthops()
	late := w.restoreRoutes()
	w.restoreNeighbors()
	w.check("ingress filter", ns.rt.RemoveIngress(r.Index, !r.Ingress))
	w.restoreLateRoutes(late)
	return !w.again, errors.Join(w.errs...)
}

// check notes a failure. It ignores one if the interface has gone meanwhile.
func (w *restoration) check(what string, err error) {
	if err == nil || errors.Is(err, unix.ENODEV) {
		return
	}
	w.errs = append(w.errs, &link.Error{Name: w.link.Name, Op: "restore " + what, Err: err})
	w.again = w.again || passing(err)
}

// passing reports whether an error may be temporary, or caused by this process, and not the
// kernel's answer to the request.
func passing(err error) bool {
	return !slices.ContainsFunc([]error{unix.EINVAL, unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENETDOWN, unix.EOPNOTSUPP,
		unix.EAFNOSUPPORT, unix.EADDRNOTAVAIL, unix.ENOENT, unix.ESRCH, unix.EEXIST, unix.ERANGE},
		func(answer error) bool { return errors.Is(err, answer) })
}

// leavePort takes the interface from the one that it became a port of. The driver of that one then
// changes what it had changed.
func (w *restoration) leavePort() {
	if w.PortOf == "" || w.link.Master == 0 || masterName(w.ns, w.link.Master) != w.PortOf {
		return
	}
	err := w.ns.rt.SetMaster(w.Index, 0)
	if err == nil {
		w.link, err = w.ns.rt.LinkByIndex(w.Index)
	}
	w.check("independence of "+w.PortOf, err)
}

// restoreLink sets MAC address, MTU, and up or down.
func (w *restoration) restoreLink() {
	rt := w.ns.rt
	if w.link.Addr.String() != w.HardwareAddr {
		addr, err := net.ParseMAC(w.HardwareAddr)
		if err == nil {
			err = rt.SetAddr(w.Index, addr)
		}
		w.check("MAC address", err)
	}
	if int(w.link.MTU) != w.MTU {
		w.check("MTU", rt.SetMTU(w.Index, w.MTU))
	}
	if up := w.link.Flags&unix.IFF_UP != 0; up != w.Up {
		w.check("up or down", rt.SetUp(w.Index, w.Up))
	}
}

// restoreIPv6 restores the IPv6 settings.
func (w *restoration) restoreIPv6() {
	if w.DisableIPv6 == "" {
		return
	}
	name := w.link.Name
	now, err := readDisableIPv6(w.ns, name)
	if err != nil {
		w.check("IPv6", err)
		return
	}
	if now != "1" || w.Renewed {
		// If the MTU was too small for IPv6, the kernel makes the interface's IPv6 again, with
		// default settings.
		w.check("IPv6 settings", writeIPv6(w.ns, name, w.IPv6, func(setting string) bool {
			return setting != "conf/disable_ipv6" && setting != ipv6MTU
		}))
	}
	if now != w.DisableIPv6 {
		w.check("IPv6", writeDisableIPv6(w.ns, name, w.DisableIPv6))
	}
	w.check("IPv6 MTU", writeIPv6(w.ns, name, w.IPv6, func(setting string) bool { return setting == ipv6MTU }))
}

// restoreAddrs adds the addresses in the order that makes the kernel list them as before: it
// puts an IPv4 address after the others, an IPv6 address in front.
func (w *restoration) restoreAddrs() {
	now, err := w.ns.rt.Addrs(w.Index)
	if err != nil {
		w.check("IP addresses", err)
		return
	}
	passed := w.passed()
	var v4, v6 []rtnl.Addr
	for _, a := range w.Addresses {
		if a.Temporary() || !age(&a, passed) {
			continue // the kernel makes another; this one would have expired
		}
		if rest, ok := strings.CutPrefix(a.Label, w.Name); ok {
			a.Label = w.link.Name + rest // it may have been renamed
		}
		if a.Local.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append([]rtnl.Addr{a}, v6...)
		}
	}
	slices.Reverse(now) // IPv6 order
	w.addAddrs(v6, now)
	slices.Reverse(now)
	w.addAddrs(v4, now)
	if w.DisableIPv6 == "0" && w.Up {
		w.check("IPv6 addresses", w.removeGenerated())
	}
}

// addAddrs adds the addresses of list, in order. Addresses that exist already must be the
// first ones of list; otherwise addAddrs removes them and adds them again.
func (w *restoration) addAddrs(list, now []rtnl.Addr) {
	there := slices.DeleteFunc(slices.Clone(now), func(a rtnl.Addr) bool { return !slices.ContainsFunc(list, a.Same) })
	inOrder := len(there) <= len(list)
	for i := 0; inOrder && i < len(there); i++ {
		inOrder = there[i].Same(list[i]) && (there[i].Flags^list[i].Flags)&unix.IFA_F_SECONDARY == 0
	}
	if !inOrder {
		for _, a := range there {
			if err := w.ns.rt.DeleteAddr(w.Index, a); !errors.Is(err, unix.EADDRNOTAVAIL) { // it went with another
				w.check("order of IP addresses", err)
			}
		}
	}
	for _, a := range list {
		if err := w.ns.rt.AddAddr(w.Index, a); !errors.Is(err, unix.EEXIST) {
			w.check("IP address "+a.Local.String(), err)
		}
	}
}

// age subtracts the seconds that have passed from the lifetimes, and reports whether the
// address is still alive.
func age(a *rtnl.Addr, passed uint32) bool {
	if a.Valid != rtnl.Forever {
		if a.Valid <= passed {
			return false
		}
		a.Valid -= passed
	}
	if a.Preferred != rtnl.Forever {
		a.Preferred -= min(a.Preferred, passed)
	}
	return true
}

// removeGenerated removes the link-local addresses that the kernel made when IPv6 was turned
// on again, if the interface had another or none.
func (w *restoration) removeGenerated() error {
	addrs, err := w.ns.rt.Addrs(w.Index)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		had := slices.ContainsFunc(w.Addresses, func(b rtnl.Addr) bool { return a.Local == b.Local })
		if had || !a.Local.Is6() || !a.Local.IsLinkLocalUnicast() {
			continue
		}
		if err := w.ns.rt.DeleteAddr(w.Index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return err
		}
	}
	return nil
}

func (w *restoration) restoreNeighbors() {
	if len(w.Neighbors) == 0 {
		return
	}
	now, err := w.ns.rt.Neighbors(w.Index)
	if err != nil {
		w.check("neighbours", err)
		return
	}
	for _, n := range w.Neighbors {
		if !slices.ContainsFunc(now, func(x rtnl.Neighbor) bool { return string(x) == string(n) }) {
			w.check("neighbour "+n.String(), w.ns.rt.SetNeighbor(n))
		}
	}
}
