package ifaddr

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// routeProtocol marks the routes that SetRoutes has set (rtm_protocol). Numbers above 4 have no
// meaning to the kernel; no routing daemon uses this one. So a later process finds the routes too.
const routeProtocol = 76

// SetRoutes makes routes those of the interface. It adds the missing ones, and then removes others
// that an earlier call has set, in this process or another. On failure the routes are as they were.
func (i Interface) SetRoutes(routes []link.Route) error {
	all, err := i.RT.Routes(i.Index)
	if err != nil {
		return err
	}
	ours := slices.DeleteFunc(all, func(rt rtnl.Route) bool {
		return rt.Protocol() != routeProtocol || !slices.Equal(rt.Interfaces(), []int32{i.Index})
	})
	var want []rtnl.Route
	for _, direct := range []bool{true, false} { // a gateway may be reached by a direct route
		for _, r := range routes {
			if r.Gateway.IsValid() != direct {
				want = append(want, rtnl.NewRoute(i.Index, r.Destination, r.Gateway, metricOf(r), routeProtocol))
			}
		}
	}
	has := func(list []rtnl.Route, rt rtnl.Route) bool {
		return slices.ContainsFunc(list, func(o rtnl.Route) bool { return o.Key() == rt.Key() && o.Gateway() == rt.Gateway() })
	}
	var added []rtnl.Route
	for _, rt := range want {
		if has(ours, rt) {
			continue
		}
		if err := i.addRoute(rt); err != nil {
			return errors.Join(fmt.Errorf("add route %s: %w", rt, err), i.deleteRoutes(added))
		}
		added = append(added, rt)
	}
	return i.deleteRoutes(slices.DeleteFunc(ours, func(rt rtnl.Route) bool { return has(want, rt) }))
}

// addRoute adds a route. It prefers the route to others of the same metric. A route that another
// program has set already is enough.
func (i Interface) addRoute(rt rtnl.Route) error {
	if err := i.RT.AddRoute(rt, true); !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}

// deleteRoutes removes routes. Some may already have gone, with an address for example.
func (i Interface) deleteRoutes(routes []rtnl.Route) error {
	var errs []error
	for _, rt := range routes {
		if err := i.RT.DeleteRoute(rt); err != nil && !errors.Is(err, unix.ESRCH) {
			errs = append(errs, fmt.Errorf("remove route %s: %w", rt, err))
		}
	}
	return errors.Join(errs...)
}

// metricOf returns the metric that the kernel gives a route.
func metricOf(r link.Route) uint32 {
	const metric6 = 1024 // IP6_RT_PRIO_USER
	if r.Metric == 0 && r.Destination.Addr().Is6() {
		return metric6
	}
	return r.Metric
}
