// Package hostside sets what the host has on a bond's device: IP addresses, routes over it, a
// remark.
package hostside

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
)

// Side is what the host has on the device.
type Side struct {
	addrs  []netip.Prefix
	routes []link.Route
	remark string
}

// Of returns what a configuration wants.
func Of(c *config.Config) Side { return Side{c.Addresses, c.Routes, c.Description} }

// Begin sets the routes and the remark of a device that was made with its addresses.
func (s Side) Begin(d link.Face) error {
	if err := setRoutes(d, s.routes); err != nil {
		return err
	}
	return describe(d, "", s.remark)
}

// Change replaces what the host has on a device. On failure it is as before. If addresses and routes
// stay the same, it restores those that another program has removed: see [Side.PutBack].
func Change(d link.Face, before, after Side, failed func(what string, err error)) error {
	if slices.Equal(before.addrs, after.addrs) && slices.Equal(before.routes, after.routes) {
		after.PutBack(d, failed)
		return describe(d, before.remark, after.remark)
	}
	err := after.set(d)
	if err == nil {
		err = describe(d, before.remark, after.remark)
	}
	if err != nil {
		err = errors.Join(err, before.set(d))
	}
	return err
}

// PutBack restores addresses and routes that another program or the kernel has removed. It passes a
// failure to failed: the other program may have moved them to another interface, so it is no reason
// to refuse anything else.
func (s Side) PutBack(d link.Face, failed func(what string, err error)) {
	if err := d.SetAddresses(s.addrs); err != nil {
		failed("addresses", err)
	}
	if err := setRoutes(d, s.routes); err != nil {
		failed("routes", err)
	}
}

// set sets the addresses first: a route needs the network of its gateway.
func (s Side) set(d link.Face) error {
	if err := d.SetAddresses(s.addrs); err != nil {
		return err
	}
	return setRoutes(d, s.routes)
}

func setRoutes(d link.Face, routes []link.Route) error {
	if r, ok := d.(link.RouteSetter); ok {
		return r.SetRoutes(routes)
	}
	if len(routes) > 0 {
		return allowed.Refuse("Routes", routes[0].String(), "none: the device can't have routes")
	}
	return nil
}

// describe replaces one remark by another. It leaves a remark of another program alone.
func describe(d link.Face, before, after string) error {
	if r, ok := d.(link.Describer); ok && before != after {
		return r.SetDescription(after)
	}
	return nil
}
