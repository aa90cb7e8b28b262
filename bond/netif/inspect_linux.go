package netif

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// inspect reads the settings of an interface.
func inspect(ns *namespace, li rtnl.Link) (*record, error) {
	r := &record{
		Version:  recordVersion,
		identity: identity{Boot: ns.boot, Namespace: ns.inode, Cookie: ns.cookie, Handle: ns.handle, Index: li.Index, Name: li.Name},
		Since:    uptime(), HardwareAddr: li.Addr.String(), MTU: int(li.MTU), Up: li.Flags&unix.IFF_UP != 0,
		asked: asked{Flags: li.Flags & receptionFlags},
	}
	if link.IsIndividual(li.Permanent) {
		r.Permanent = li.Permanent.String()
	}
	var err error
	if r.Ingress, err = ns.rt.HasIngress(li.Index); err != nil {
		return nil, err
	}
	if r.DisableIPv6, err = readDisableIPv6(ns, li.Name); err != nil {
		return nil, err
	}
	if r.IPv6, err = readIPv6(ns, li.Name); err != nil {
		return nil, err
	}
	return r, r.inspectLayer3(ns)
}

// inspectLayer3 reads the settings of the host's IP stack for the interface.
func (r *record) inspectLayer3(ns *namespace) (err error) {
	if r.Addresses, err = ns.rt.Addrs(r.Index); err != nil {
		return err
	}
	if err := r.inspectNexthops(ns); err != nil {
		return err
	}
	if r.Routes, err = r.routes(ns); err != nil {
		return err
	}
	r.Neighbors, err = ns.rt.Neighbors(r.Index)
	return err
}

// inspectNexthops finds the nexthop objects that name the interface, and groups of them.
func (r *record) inspectNexthops(ns *namespace) error {
	all, err := ns.rt.Nexthops()
	if err != nil {
		return err
	}
	r.Nexthops = slices.DeleteFunc(slices.Clone(all), func(n rtnl.Nexthop) bool { return n.Interface() != r.Index })
	ids := nexthopIDs(r.Nexthops)
	for _, n := range all {
		if slices.ContainsFunc(n.Group(), func(id uint32) bool { return slices.Contains(ids, id) }) {
			r.Nexthops = append(r.Nexthops, n)
		}
	}
	return nil
}

func nexthopIDs(list []rtnl.Nexthop) []uint32 {
	ids := make([]uint32, len(list))
	for i, n := range list {
		ids[i] = n.ID()
	}
	return ids
}

// routes lists the routes that vanish when the interface joins a bond: those over it, and
// those whose source is one of its addresses.
func (r *record) routes(ns *namespace) ([]route, error) {
	all, err := ns.rt.Routes(0)
	if err != nil {
		return nil, err
	}
	ids := nexthopIDs(r.Nexthops)
	ours := func(rt rtnl.Route) bool {
		return slices.Contains(rt.Interfaces(), r.Index) || slices.Contains(ids, rt.NexthopID()) ||
			slices.ContainsFunc(r.Addresses, func(a rtnl.Addr) bool { return a.Local == rt.Source() })
	}
	var list []route
	others := make(map[string]bool) // keys of routes after this one that do not belong to the interface
	for _, rt := range slices.Backward(all) {
		switch {
		case !ours(rt):
			others[rt.Key()] = true
		case !r.kernelBringsBack(rt):
			// The kernel puts an IPv6 route next to those of its key, not after one of them.
			list = append(list, route{rt, rt.Family() == unix.AF_INET && others[rt.Key()]})
		}
	}
	slices.Reverse(list)
	return list, nil
}

// kernelBringsBack reports whether the kernel makes a route itself: with the route's address,
// or when a router or a redirect announces it. It does not count networks of addresses,
// because other programs make and remove such routes in the kernel's name.
func (r *record) kernelBringsBack(rt rtnl.Route) bool {
	switch rt.Protocol() {
	case unix.RTPROT_KERNEL:
		return rt.Type() != unix.RTN_UNICAST
	case unix.RTPROT_REDIRECT:
		return true
	case unix.RTPROT_RA:
		return rt.Family() == unix.AF_INET6 && r.hearsRouters()
	}
	return false
}

// hearsRouters reports whether the kernel itself accepts router advertisements on the
// interface. Otherwise another program does, and sets the routes.
func (r *record) hearsRouters() bool {
	accept := r.IPv6["conf/accept_ra"]
	return accept == "2" || accept == "1" && r.IPv6["conf/forwarding"] == "0"
}

// update adds to a dead process's record what the interface has gained since.
func (r *record) update(now *record) {
	if now.DisableIPv6 != "1" {
		r.Renewed = true
	}
	passed := r.passed()
	known := r.routeSet()
	for _, rt := range now.Routes {
		// A restore that adds an address makes the kernel add its network. The process may
		// have been killed before it removed a network that was not there at first.
		generated := rt.Protocol() == unix.RTPROT_KERNEL && r.isNetwork(rt.Destination())
		if known[string(rt.Message)] || generated {
			continue
		}
		if rt.Expires != 0 {
			rt.Expires += min(passed, rtnl.Forever-rt.Expires)
		}
		r.Routes = append(r.Routes, rt)
	}
	for _, a := range now.Addresses {
		generated := a.Local.Is6() && a.Local.IsLinkLocalUnicast() // a link-local address counts as generated
		if r.hasAddr(a) || generated {
			continue
		}
		if a.Valid != rtnl.Forever {
			a.Valid += min(passed, rtnl.Forever-1-a.Valid)
		}
		if a.Preferred != rtnl.Forever {
			a.Preferred += min(passed, rtnl.Forever-1-a.Preferred)
		}
		r.Addresses = append(r.Addresses, a)
	}
	for _, n := range now.Nexthops {
		if !slices.Contains(nexthopIDs(r.Nexthops), n.ID()) {
			r.Nexthops = append(r.Nexthops, n)
		}
	}
	for _, n := range now.Neighbors {
		if !slices.ContainsFunc(r.Neighbors, func(x rtnl.Neighbor) bool { return x.SameKey(n) }) {
			r.Neighbors = append(r.Neighbors, n)
		}
	}
}

const ipv6Dir = "/proc/sys/net/ipv6"

func disableIPv6Path(name string) string {
	return filepath.Join(ipv6Dir, "conf", name, "disable_ipv6")
}

// readDisableIPv6 returns the setting, or "" if the kernel has no IPv6 or the interface's MTU
// is too small for it.
func readDisableIPv6(ns *namespace, name string) (value string, err error) {
	err = ns.run(func() error {
		b, err := os.ReadFile(disableIPv6Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		value = strings.TrimSpace(string(b))
		return err
	})
	return value, err
}

func writeDisableIPv6(ns *namespace, name, value string) error {
	return ns.run(func() error {
		err := os.WriteFile(disableIPv6Path(name), []byte(value), 0)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// readIPv6 returns the interface's settings by "conf/..." and "neigh/...", or nil without
// IPv6.
func readIPv6(ns *namespace, name string) (settings map[string]string, err error) {
	err = ns.run(func() error {
		for _, kind := range []string{"conf", "neigh"} {
			dir := filepath.Join(ipv6Dir, kind, name)
			entries, err := os.ReadDir(dir)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			for _, e := range entries {
				b, err := os.ReadFile(filepath.Join(dir, e.Name()))
				if errors.Is(err, fs.ErrNotExist) || err != nil && e.Name() == "stable_secret" {
					continue // it can't be read if it is unset; otherwise only root can
				}
				if err != nil {
					return err
				}
				if settings == nil {
					settings = make(map[string]string)
				}
				settings[kind+"/"+e.Name()] = strings.TrimSpace(string(b))
			}
		}
		return nil
	})
	return settings, err
}

// ipv6MTU is the setting that the kernel makes equal to the interface's MTU whenever that
// changes, or IPv6 starts.
const ipv6MTU = "conf/mtu"

// writeIPv6 restores the settings that which accepts.
func writeIPv6(ns *namespace, name string, settings map[string]string, which func(setting string) bool) error {
	now, err := readIPv6(ns, name)
	if err != nil {
		return err
	}
	return ns.run(func() error {
		var errs []error
		for setting, value := range settings {
			if was, ok := now[setting]; !which(setting) || ok && was == value {
				continue
			}
			kind, file, _ := strings.Cut(setting, "/")
			errs = append(errs, os.WriteFile(filepath.Join(ipv6Dir, kind, name, file), []byte(value), 0))
		}
		return errors.Join(errs...)
	})
}
