package netif

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Restore puts back the interfaces of the calling thread's network namespace that
// a process which is dead left as members, by the records in stateDir (empty means
// [DefaultStateDir]), and removes the records. Interfaces of live processes are
// not touched. It is for the start of a program whose configuration may name
// other interfaces than before: [OpenLink] does the same for the one it opens.
func Restore(stateDir string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return err
	}
	store, err := openState(stateDir)
	if err != nil {
		return errors.Join(err, ns.leave())
	}
	defer store.close()
	records, err := store.list(fmt.Sprintf("%d-", ns.inode))
	errs := []error{err}
	for _, r := range records {
		if r.alive() {
			continue
		}
		if err := r.restore(ns); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, store.remove(r))
	}
	errs = append(errs, ns.leave())
	return errors.Join(errs...)
}

// restore makes the interface what the record says. It does what is needed, so it
// may be called after any part of a takeover, and again. An interface that is
// gone, or is another by now, is left alone.
func (r *record) restore(ns *namespace) error {
	li, err := ns.rt.LinkByIndex(r.Index)
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	if err != nil {
		return &link.Error{Name: r.Name, Op: "restore", Err: err}
	}
	var errs []error
	check := func(op string, err error) {
		if err != nil && !errors.Is(err, unix.ENODEV) {
			errs = append(errs, &link.Error{Name: li.Name, Op: "restore " + op, Err: err})
		}
	}
	if li.Addr.String() != r.HardwareAddr {
		addr, err := net.ParseMAC(r.HardwareAddr)
		if err == nil {
			err = ns.rt.SetAddr(r.Index, addr)
		}
		check("MAC address", err)
	}
	if int(li.MTU) != r.MTU {
		check("MTU", ns.rt.SetMTU(r.Index, r.MTU))
	}
	if up := li.Flags&unix.IFF_UP != 0; up != r.Up {
		check("up or down", ns.rt.SetUp(r.Index, r.Up))
	}
	enabled := false
	if r.DisableIPv6 != "" {
		if now, err := readDisableIPv6(ns, li.Name); err != nil || now != r.DisableIPv6 {
			enabled = r.DisableIPv6 == "0"
			check("IPv6", writeDisableIPv6(ns, li.Name, r.DisableIPv6))
		}
	}
	passed := uint32(max(0, time.Since(r.At)/time.Second))
	for _, a := range r.Addresses {
		if a.Valid != rtnl.Forever {
			if a.Valid <= passed {
				continue // it would have expired by now
			}
			a.Valid -= passed
		}
		if a.Preferred != rtnl.Forever {
			a.Preferred -= min(a.Preferred, passed)
		}
		if a.Temporary() {
			continue // the kernel makes a new one
		}
		if rest, ok := strings.CutPrefix(a.Label, r.Name); ok {
			a.Label = li.Name + rest // it may have been renamed
		}
		if err := ns.rt.AddAddr(r.Index, a); !errors.Is(err, unix.EEXIST) {
			check("IP address "+a.Local.String(), err)
		}
	}
	if enabled {
		check("IPv6 addresses", r.removeGenerated(ns))
	}
	check("ingress filter", ns.rt.RemoveIngress(r.Index, !r.Ingress))
	return errors.Join(errs...)
}

// removeGenerated takes away the link-local addresses the kernel has made when IPv6
// was turned on again, if the interface had another or none.
func (r *record) removeGenerated(ns *namespace) error {
	addrs, err := ns.rt.Addrs(r.Index)
	if err != nil {
		return err
	}
	for _, a := range addrs {
		had := slices.ContainsFunc(r.Addresses, func(b rtnl.Addr) bool { return a.Local == b.Local })
		if had || !a.Local.Is6() || !a.Local.IsLinkLocalUnicast() {
			continue
		}
		if err := ns.rt.DeleteAddr(r.Index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return err
		}
	}
	return nil
}
