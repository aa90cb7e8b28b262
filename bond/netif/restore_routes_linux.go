package netif

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/rtnl"
)

// restoreNexthops restores the nexthop objects that vanished with the interface, groups last.
func (w *restoration) restoreNexthops() {
	if len(w.Nexthops) == 0 {
		return
	}
	now, err := w.ns.rt.Nexthops()
	if err != nil {
		w.check("nexthops", err)
		return
	}
	for _, n := range w.Nexthops {
		if !slices.ContainsFunc(now, func(x rtnl.Nexthop) bool { return string(x) == string(n) }) {
			w.check("nexthop", w.ns.rt.SetNexthop(n))
		}
	}
}

// pending is a route that could not be added, and the reason.
type pending struct {
	route
	err error
}

// restoreRoutes adds the routes that are missing, and removes networks that the kernel made
// with an address and that did not exist before. It returns the routes that have to wait until
// duplicate address detection has finished for their address.
func (w *restoration) restoreRoutes() []pending {
	if len(w.Routes) == 0 && len(w.Addresses) == 0 {
		return nil
	}
	now, err := w.ns.rt.Routes(0)
	if err != nil {
		w.check("routes", err)
		return nil
	}
	there := make(map[string]bool, len(now))
	for _, rt := range now {
		there[string(rt.Message)] = true
	}
	known := w.routeSet()
	// Not before the others are restored: gateways may have been reached through them.
	defer w.removeMade(known)
	passed := w.passed()
	var missing []pending
	for _, rt := range w.Routes {
		if there[string(rt.Message)] || w.laterMade(rt) {
			continue
		}
		if !w.Up && onlyOver(rt.Route, w.Index) {
			// It came with an address while the interface was up as a member. The kernel makes
			// it again once the interface is up again.
			continue
		}
		if rt.Expires != 0 {
			if rt.Expires <= passed {
				continue
			}
			rt.Expires -= passed
		}
		w.removeLeft(rt, there, known)
		missing = append(missing, pending{route: rt})
	}
	return w.addRoutes(missing)
}

// removeLeft removes the route that a missing route turned into when its source address went,
// so that it can be added. there holds the current routes, known those of the record.
func (w *restoration) removeLeft(rt route, there, known map[string]bool) {
	left := rt.WithoutSource()
	if rt.Family() == unix.AF_INET6 && rt.Source().IsValid() && there[string(left.Message)] && !known[string(left.Message)] {
		w.check("route "+rt.String(), w.ns.rt.DeleteRoute(left))
	}
}

// addRoutes adds routes and returns those that have to wait. A gateway may be reachable
// through another of the routes, so those without a gateway come first, and failed ones are
// tried again as long as others succeed.
func (w *restoration) addRoutes(missing []pending) (late []pending) {
	slices.SortStableFunc(missing, func(a, b pending) int {
		switch {
		case a.Direct() == b.Direct():
			return 0
		case a.Direct():
			return -1
		}
		return 1
	})
	for added := true; added && len(missing) > 0; {
		added = false
		var failed []pending
		// Routes that were ahead of others are put there in reverse order.
		for i := range missing {
			p := missing[i]
			if p.Ahead {
				continue
			}
			added = w.addRoute(p, &failed) || added
		}
		for i := len(missing) - 1; i >= 0; i-- {
			if p := missing[i]; p.Ahead {
				added = w.addRoute(p, &failed) || added
			}
		}
		missing = failed
	}
	for _, p := range missing {
		var again []pending
		switch {
		case w.waits(p.route):
			late = append(late, p)
		case p.Source().Is6() && w.addRoute(p, &again):
			// Its source has become usable meanwhile.
		default:
			if left, err := w.handOver(p.route); !left || err != nil {
				w.check("route "+p.String(), cmp.Or(err, p.err))
			}
		}
	}
	return late
}

func (w *restoration) addRoute(p pending, failed *[]pending) (added bool) {
	p.err = w.ns.rt.AddRoute(p.Route, p.Ahead)
	if p.err == nil || errors.Is(p.err, unix.EEXIST) {
		return true
	}
	*failed = append(*failed, p)
	return false
}

// removeMade removes the networks of the record's addresses that the record does not have.
// Another program had removed them, or made others in their place.
func (w *restoration) removeMade(known map[string]bool) {
	if !w.routesKnown() {
		return
	}
	now, err := w.ns.rt.Routes(w.Index)
	if err != nil {
		w.check("routes", err)
		return
	}
	for _, rt := range now {
		made := rt.Protocol() == unix.RTPROT_KERNEL && rt.Type() == unix.RTN_UNICAST &&
			onlyOver(rt, w.Index) && w.isNetwork(rt.Destination())
		if !made || known[string(rt.Message)] {
			continue
		}
		if err := w.ns.rt.DeleteRoute(rt); !errors.Is(err, unix.ESRCH) {
			w.check("route "+rt.String(), err)
		}
	}
}

// routesKnown reports whether the record has routes. A record that was once version 1 has
// none.
func (w *restoration) routesKnown() bool { return w.Version > 1 && !w.Migrated }

// linkLocal is the network of every interface with IPv6.
var linkLocal = netip.MustParsePrefix("fe80::/64")

// isNetwork reports whether a prefix is the network of an address of the record.
func (r *record) isNetwork(p netip.Prefix) bool {
	return p == linkLocal || slices.ContainsFunc(r.Addresses, func(a rtnl.Addr) bool {
		of := a.Local
		if a.Peer.IsValid() {
			of = a.Peer
		}
		network, err := of.Prefix(int(a.Bits))
		return err == nil && network == p
	})
}

// laterMade reports whether the kernel makes a route as soon as the carrier comes.
func (w *restoration) laterMade(rt route) bool {
	if rt.Protocol() != unix.RTPROT_KERNEL || rt.Destination() != linkLocal {
		return false
	}
	li, err := w.ns.rt.LinkByIndex(w.Index)
	return err == nil && li.Flags&unix.IFF_RUNNING == 0
}

// waits reports whether a route's source is an address that the kernel still checks for
// duplicates.
func (w *restoration) waits(rt route) bool {
	source := rt.Source()
	if !source.Is6() {
		return false
	}
	addrs, err := w.ns.rt.Addrs(w.Index)
	w.check("route "+rt.String(), err)
	return err == nil && slices.ContainsFunc(addrs, func(a rtnl.Addr) bool {
		return a.Local == source && a.Flags&unix.IFA_F_TENTATIVE != 0
	})
}

const (
	detectionTime = 5 * time.Second // of duplicate addresses: one or two seconds by default
	detectionPoll = 20 * time.Millisecond
)

// restoreLateRoutes waits for the routes' sources and then adds the routes.
func (w *restoration) restoreLateRoutes(late []pending) {
	for start := time.Now(); len(late) > 0; time.Sleep(detectionPoll) {
		var ready, wait []pending
		for _, p := range late {
			if w.waits(p.route) {
				wait = append(wait, p)
			} else {
				ready = append(ready, p)
			}
		}
		late = append(wait, w.addRoutes(ready)...)
		if time.Since(start) > detectionTime {
			for _, p := range late {
				w.check("route "+p.String(), p.err)
			}
			return
		}
	}
}

// handOver leaves a route to the restore of another member that the route needs: one of its
// nexthops uses that interface, or its source address is there.
func (w *restoration) handOver(rt route) (bool, error) {
	if w.store == nil {
		return false, nil
	}
	records, bad, err := w.store.list()
	if err != nil {
		return false, err
	}
	for _, other := range records {
		if other.Version == 1 || other.place(w.ns) != placeHere || other.Index == w.Index {
			continue
		}
		needed := slices.Contains(rt.Interfaces(), other.Index) ||
			slices.ContainsFunc(other.Addresses, func(a rtnl.Addr) bool { return a.Local == rt.Source() })
		if !needed {
			continue
		}
		if other.routeSet()[string(rt.Message)] {
			return true, nil
		}
		other.Routes = append(other.Routes, rt)
		return true, w.store.save(other)
	}
	if i := slices.IndexFunc(bad, func(b *RecordError) bool { return b.keep }); i >= 0 {
		return false, bad[i] // it may have been that one
	}
	return false, nil
}
