package ebpf

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/internal/ifaddr"
)

// set changes the interface, and keeps the setting for one that is made later. Without an
// interface it only keeps the setting.
func (d *Device) set(op, field, value string, apply func(*pair) error, keep func(*face)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	err := apply(d.pair)
	var le *link.Error
	switch {
	case err == nil:
	case errors.Is(err, unix.ENODEV):
		d.lose(d.pair)
	case errors.As(err, &le):
		return err
	default:
		return &link.Error{Name: d.name, Op: op, Field: field, Value: value, Err: err}
	}
	keep(&d.face)
	return nil
}

// SetCarrier sets the carrier.
func (d *Device) SetCarrier(up bool) error {
	return d.set("set carrier", "", "",
		func(p *pair) error { return d.rt.SetUp(p.peer, up) },
		func(f *face) { f.carrier = up })
}

// SetMTU sets the MTU, 68 to 65535.
func (d *Device) SetMTU(mtu int) error {
	if err := (&DeviceConfig{Name: d.name, MTU: mtu}).check(); err != nil {
		return err
	}
	return d.set("set MTU", "MTU", strconv.Itoa(mtu),
		func(p *pair) error { return d.rt.SetMTU(p.index, mtu) },
		func(f *face) { f.mtu = mtu })
}

// SetHardwareAddr sets the MAC address.
func (d *Device) SetHardwareAddr(addr net.HardwareAddr) error {
	if !link.IsIndividual(addr) {
		return &link.Error{Name: d.name, Op: "set MAC address", Field: "HardwareAddr", Value: strconv.Quote(addr.String()),
			Allowed: "6 octets, neither a group address nor zero"}
	}
	return d.set("set MAC address", "HardwareAddr", addr.String(),
		func(p *pair) error { return d.rt.SetAddr(p.index, addr) },
		func(f *face) { f.addr = slices.Clone(addr) })
}

// SetAddresses makes prefixes the device's IP addresses. It adds the addresses that the
// interface lacks, even if another program removed them, and then removes those that an
// earlier call set. The new addresses exist before the old ones go. On failure the addresses
// are as they were.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes),
		func(p *pair) error {
			if err := d.addresses(p).Check(d.name, prefixes); err != nil {
				return err
			}
			return d.addresses(p).Set(d.face.addrs, prefixes)
		},
		func(f *face) { f.addrs = slices.Clone(prefixes) })
}

// SetRoutes makes routes the routes over the interface; see [link.RouteSetter].
func (d *Device) SetRoutes(routes []link.Route) error {
	return d.set("set routes", "Routes", fmt.Sprint(routes),
		func(p *pair) error { return d.addresses(p).SetRoutes(routes) },
		func(f *face) { f.routes = slices.Clone(routes) })
}

// SetDescription sets the interface's alias; see [link.Describer].
func (d *Device) SetDescription(text string) error {
	return d.set("set alias", "Description", text,
		func(p *pair) error { return d.rt.SetAlias(p.index, text) },
		func(f *face) { f.alias = text })
}

// addresses sets the addresses of an interface.
func (d *Device) addresses(p *pair) ifaddr.Interface {
	return ifaddr.Interface{Index: p.index, RT: d.rt, Do: d.ns.Do}
}

// SetOffload sets whether the host may hand over large segments and unfinished checksums.
func (d *Device) SetOffload(on bool) error {
	return d.set("set offloads", "", "",
		func(p *pair) error { return d.setOffload(p, on) },
		func(f *face) { f.offload = on })
}

func (d *Device) setOffload(p *pair, on bool) error {
	li, err := d.rt.LinkByIndex(p.index)
	if err == nil {
		err = ethtool.SetOffload(d.ioctl, li.Name, on)
	}
	if err != nil {
		return fmt.Errorf("set offloads: %w", err)
	}
	return nil
}

// Stations lists the addresses that the network reaches through the device; see
// [netif.Device.Stations].
func (d *Device) Stations() ([]link.Station, error) {
	d.mu.Lock()
	closed, index := d.closed(), d.pair.index
	d.mu.Unlock()
	if closed {
		return nil, net.ErrClosed
	}
	list, err := d.ns.Stations(int(index))
	if err != nil {
		return nil, d.error("list addresses", err)
	}
	return list, nil
}
