package team

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// set changes the interface, and keeps the setting for one that is made later. Without an
// interface it only keeps the setting.
func (d *Device) set(op, field, value string, apply func(index int32) error, keep func(*face)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return net.ErrClosed
	}
	if err := apply(d.team.index); err != nil {
		if !errors.Is(err, unix.ENODEV) {
			return &link.Error{Name: d.name, Op: op, Field: field, Value: value, Err: err}
		}
		d.lose(d.team)
	}
	keep(&d.face)
	return nil
}

// SetCarrier sets the carrier.
func (d *Device) SetCarrier(up bool) error {
	return d.set("set carrier", "", "",
		func(index int32) error { return d.rt.SetCarrier(index, up) },
		func(f *face) { f.carrier = up })
}

// SetMTU sets the MTU, 68 to 65535, of the device and its members.
func (d *Device) SetMTU(mtu int) error {
	if err := (&DeviceConfig{Name: d.name, MTU: mtu}).check(); err != nil {
		return err
	}
	return d.set("set MTU", "MTU", strconv.Itoa(mtu),
		func(index int32) error { return d.rt.SetMTU(index, mtu) },
		func(f *face) { f.mtu = mtu })
}

// SetHardwareAddr sets the MAC address. The members follow with the next plan.
func (d *Device) SetHardwareAddr(addr net.HardwareAddr) error {
	if !link.IsIndividual(addr) {
		return &link.Error{Name: d.name, Op: "set MAC address", Field: "HardwareAddr", Value: strconv.Quote(addr.String()),
			Allowed: "6 octets, neither a group address nor zero"}
	}
	return d.set("set MAC address", "HardwareAddr", addr.String(),
		func(index int32) error { return d.rt.SetAddr(index, addr) },
		func(f *face) { f.addr = slices.Clone(addr) })
}

// SetAddresses makes prefixes the device's IP addresses. It leaves addresses alone that other
// programs have set.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	var want []rtnl.Addr
	for _, p := range prefixes {
		want = append(want, rtnl.Addr{Local: p.Addr(), Bits: uint8(p.Bits()), Preferred: rtnl.Forever, Valid: rtnl.Forever})
	}
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes),
		func(index int32) error { return d.setAddresses(index, want) },
		func(f *face) { f.addrs = want })
}

// setAddresses changes an interface's addresses from those that were set last to those wanted.
func (d *Device) setAddresses(index int32, want []rtnl.Addr) error {
	before, err := d.rt.Addrs(index)
	if err != nil {
		return err
	}
	if err := d.addAddresses(index, want); err != nil {
		return err
	}
	keep := want
	for _, a := range before {
		if !slices.ContainsFunc(d.face.addrs, a.Same) || slices.ContainsFunc(want, a.Same) {
			keep = append(slices.Clip(keep), a)
			continue
		}
		if err := d.rt.DeleteAddr(index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return err
		}
	}
	// With the first IPv4 address of a network, the kernel removes the others of that network.
	return d.addAddresses(index, keep)
}

// addAddresses adds the addresses that an interface lacks.
func (d *Device) addAddresses(index int32, list []rtnl.Addr) error {
	for _, a := range list {
		if err := d.rt.AddAddr(index, a); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	return nil
}
