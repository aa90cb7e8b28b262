package netif

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ifaddr"
)

// SetAddresses makes prefixes the device's IP addresses. It adds the addresses that the
// interface lacks, even if another program removed them, and then removes those that an
// earlier call set. The new addresses exist before the old ones go. On failure the addresses
// are as they were.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes),
		func(t *tap) error {
			if err := d.addresses(t).Check(d.cfg.Name, prefixes); err != nil {
				return err
			}
			return d.addresses(t).Set(d.face.addrs, prefixes)
		},
		func(f *face) { f.addrs = slices.Clone(prefixes) })
}

// SetRoutes makes routes the routes over the interface; see [link.RouteSetter].
func (d *Device) SetRoutes(routes []link.Route) error {
	return d.set("set routes", "Routes", fmt.Sprint(routes),
		func(t *tap) error { return d.addresses(t).SetRoutes(routes) },
		func(f *face) { f.routes = slices.Clone(routes) })
}

// SetDescription sets the interface's alias; see [link.Describer].
func (d *Device) SetDescription(text string) error {
	return d.set("set alias", "Description", text,
		func(t *tap) error { return d.ns.rt.SetAlias(t.index, text) },
		func(f *face) { f.alias = text })
}

// addresses sets the addresses of an interface.
func (d *Device) addresses(t *tap) ifaddr.Interface {
	return ifaddr.Interface{Index: t.index, RT: d.ns.rt, Do: d.ns.run}
}
