package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// set changes the interface, and keeps the setting for one that is made later. Without an
// interface it only keeps the setting.
func (d *KernelDevice) set(op, field, value string, apply func(index int32) error, keep func(*face)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	err := apply(int32(d.made.index))
	var le *link.Error
	switch {
	case err == nil:
	case errors.Is(err, unix.ENODEV):
		d.lose(d.made)
	case errors.As(err, &le):
		return err
	default:
		return &link.Error{Name: d.name, Op: op, Field: field, Value: value, Err: err}
	}
	keep(&d.face)
	return nil
}

// SetCarrier sets the carrier.
func (d *KernelDevice) SetCarrier(up bool) error {
	return d.set("set carrier", "", "",
		func(index int32) error { return d.driver.SetCarrier(int(index), up) },
		func(f *face) { f.carrier = up })
}

// SetMTU sets the MTU, 68 to 65535.
func (d *KernelDevice) SetMTU(mtu int) error {
	if err := checkMTU(d.name, "set MTU", mtu, maxDeviceMTU); err != nil {
		return err
	}
	return d.set("set MTU", "MTU", strconv.Itoa(mtu),
		func(index int32) error { return d.ns.ns.rt.SetMTU(index, mtu) },
		func(f *face) { f.mtu = mtu })
}

// SetHardwareAddr sets the MAC address.
func (d *KernelDevice) SetHardwareAddr(addr net.HardwareAddr) error {
	if err := checkAddr(d.name, "set MAC address", addr); err != nil {
		return err
	}
	return d.set("set MAC address", "HardwareAddr", addr.String(),
		func(index int32) error { return d.ns.ns.rt.SetAddr(index, addr) },
		func(f *face) { f.addr = slices.Clone(addr) })
}

// SetAddresses makes prefixes the device's IP addresses; see [Device.SetAddresses].
func (d *KernelDevice) SetAddresses(prefixes []netip.Prefix) error {
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes),
		func(index int32) error {
			addrs := d.addresses(int(index))
			if err := addrs.Check(d.name, prefixes); err != nil {
				return err
			}
			return addrs.Set(d.face.addrs, prefixes)
		},
		func(f *face) { f.addrs = slices.Clone(prefixes) })
}

// SetRoutes makes routes the routes over the interface; see [link.RouteSetter].
func (d *KernelDevice) SetRoutes(routes []link.Route) error {
	return d.set("set routes", "Routes", fmt.Sprint(routes),
		func(index int32) error { return d.addresses(int(index)).SetRoutes(routes) },
		func(f *face) { f.routes = slices.Clone(routes) })
}

// SetDescription sets the interface's alias; see [link.Describer].
func (d *KernelDevice) SetDescription(text string) error {
	return d.set("set alias", "Description", text,
		func(index int32) error { return d.ns.ns.rt.SetAlias(index, text) },
		func(f *face) { f.alias = text })
}

// Change makes a change of the interface that only its driver knows, unless the interface is gone.
func (d *KernelDevice) Change(op string, apply func(index int) error) error {
	return d.set(op, "", "", func(index int32) error { return apply(int(index)) }, func(*face) {})
}

// Stations lists the addresses that the network reaches through the device; see
// [Device.Stations].
func (d *KernelDevice) Stations() ([]link.Station, error) {
	d.mu.Lock()
	closed, index := d.closed(), d.made.index
	d.mu.Unlock()
	if closed {
		return nil, net.ErrClosed
	}
	list, err := stations(d.ns.ns.rt, int32(index))
	if err != nil {
		return nil, d.error("list addresses", err)
	}
	return list, nil
}
