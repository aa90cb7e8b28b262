package netif

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// SetAddresses makes prefixes the device's IP addresses. It adds the addresses that the
// interface lacks, even if another program removed them, and then removes those that an
// earlier call set. The new addresses exist before the old ones go. On failure the addresses
// are as they were.
func (d *Device) SetAddresses(prefixes []netip.Prefix) error {
	return d.set("set addresses", "Addresses", fmt.Sprint(prefixes),
		func(t *tap) error {
			if err := d.checkSubnets(t, prefixes); err != nil {
				return err
			}
			return d.setAddresses(t, prefixes)
		},
		func(f *face) { f.addrs = slices.Clone(prefixes) })
}

// setAddresses changes an interface's addresses from d.face.addrs to prefixes.
func (d *Device) setAddresses(t *tap, prefixes []netip.Prefix) error {
	before, err := d.ns.rt.Addrs(t.index)
	if err != nil {
		return err
	}
	want, old := deviceAddrs(prefixes), deviceAddrs(d.face.addrs)
	missing := slices.DeleteFunc(slices.Clone(want), func(a rtnl.Addr) bool { return hasAddr(before, a) })
	goes := func(a rtnl.Addr) bool { return hasAddr(old, a) && !hasAddr(want, a) }
	if err := d.changeAddresses(t, missing, slices.DeleteFunc(slices.Clone(before), func(a rtnl.Addr) bool { return !goes(a) })); err != nil {
		return errors.Join(err, d.undoAddresses(t, before, missing))
	}
	// With the first IPv4 address of a network, the kernel removes the others of that network.
	keep := slices.DeleteFunc(slices.Concat(missing, before), goes)
	if err := d.restoreAddresses(t, keep); err != nil {
		return errors.Join(err, d.undoAddresses(t, before, missing))
	}
	d.face.addrs = slices.Clone(prefixes)
	return nil
}

// changeAddresses adds addresses, then removes others.
func (d *Device) changeAddresses(t *tap, add, remove []rtnl.Addr) error {
	rt := d.ns.rt
	for _, a := range add {
		// The interface can't have the same IPv6 address twice with different prefix lengths.
		i := slices.IndexFunc(remove, func(b rtnl.Addr) bool { return a.Local.Is6() && a.Local == b.Local })
		if i >= 0 {
			if err := deleteAddr(rt, t.index, remove[i]); err != nil {
				return err
			}
			remove = slices.Delete(remove, i, i+1)
		}
		if err := rt.AddAddr(t.index, a); err != nil {
			return fmt.Errorf("add %s: %w", prefixOf(a), err)
		}
	}
	if len(remove) == 0 {
		return nil
	}
	defer d.promoteSecondaries(t)()
	for _, a := range remove {
		if err := deleteAddr(rt, t.index, a); err != nil {
			return err
		}
	}
	return nil
}

func deleteAddr(rt *rtnl.Conn, index int32, a rtnl.Addr) error {
	if err := rt.DeleteAddr(index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove %s: %w", prefixOf(a), err)
	}
	return nil
}

// restoreAddresses adds the addresses that have vanished again.
func (d *Device) restoreAddresses(t *tap, keep []rtnl.Addr) error {
	now, err := d.ns.rt.Addrs(t.index)
	if err != nil {
		return err
	}
	for _, a := range keep {
		if hasAddr(now, a) || a.Temporary() {
			continue
		}
		if err := d.ns.rt.AddAddr(t.index, a); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("add %s again: %w", prefixOf(a), err)
		}
	}
	return nil
}

// undoAddresses restores the addresses to what they were before.
func (d *Device) undoAddresses(t *tap, before, added []rtnl.Addr) error {
	var errs []error
	for _, a := range added {
		if !hasAddr(before, a) {
			errs = append(errs, deleteAddr(d.ns.rt, t.index, a))
		}
	}
	return errors.Join(append(errs, d.restoreAddresses(t, before))...)
}

// promoteSecondaries makes the kernel keep the other addresses of a network when the first one
// goes, until the returned function is called. So the interface is never without an address.
// If the kernel refuses the setting, the addresses are added again afterwards.
func (d *Device) promoteSecondaries(t *tap) (undo func()) {
	undo = func() {}
	li, err := d.ns.rt.LinkByIndex(t.index)
	if err != nil {
		return undo
	}
	_ = d.ns.run(func() error {
		path := filepath.Join("/proc/sys/net/ipv4/conf", li.Name, "promote_secondaries")
		was, err := os.ReadFile(path)
		if err != nil || len(was) == 0 || was[0] != '0' {
			return err
		}
		if err := os.WriteFile(path, []byte("1"), 0); err != nil {
			return err
		}
		undo = func() { _ = d.ns.run(func() error { return os.WriteFile(path, was, 0) }) }
		return nil
	})
	return undo
}

// hasAddr reports whether a list contains an address. It ignores attributes.
func hasAddr(list []rtnl.Addr, a rtnl.Addr) bool {
	return slices.ContainsFunc(list, func(b rtnl.Addr) bool { return a.Local == b.Local && a.Bits == b.Bits })
}

func prefixOf(a rtnl.Addr) netip.Prefix { return netip.PrefixFrom(a.Local, int(a.Bits)) }

// checkSubnets refuses a new address if another interface is in the same network: the host
// would send traffic for that network through either.
func (d *Device) checkSubnets(t *tap, prefixes []netip.Prefix) error {
	all, err := d.ns.rt.AllAddrs(0)
	if err != nil {
		return err
	}
	for _, a := range deviceAddrs(prefixes) {
		if hasAddr(all[t.index], a) {
			continue
		}
		p := prefixOf(a)
		for index, others := range all {
			if index == t.index {
				continue
			}
			for _, o := range others {
				other := prefixOf(o)
				if !o.Local.IsLinkLocalUnicast() && !o.Local.IsLoopback() && other.Overlaps(p) {
					return &link.Error{Name: d.cfg.Name, Op: "set addresses", Field: "Addresses", Value: p.String(),
						Allowed: fmt.Sprintf("a network that no other interface is in; %s has %s: bond the two, or give one of them both addresses",
							masterName(d.ns, uint32(index)), other)}
				}
			}
		}
	}
	return nil
}

// deviceAddrs returns the addresses of prefixes, without duplicates.
func deviceAddrs(prefixes []netip.Prefix) (list []rtnl.Addr) {
	for _, p := range prefixes {
		if a := deviceAddr(p); !hasAddr(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// deviceAddr returns a permanent address with the usual broadcast address.
func deviceAddr(p netip.Prefix) rtnl.Addr {
	a := rtnl.Addr{Local: p.Addr().Unmap(), Bits: uint8(p.Bits()), Preferred: rtnl.Forever, Valid: rtnl.Forever}
	if a.Local.Is4() && a.Bits < 31 {
		b := a.Local.As4()
		for i := int(a.Bits); i < 32; i++ {
			b[i/8] |= 0x80 >> (i % 8)
		}
		a.Broadcast = netip.AddrFrom4(b)
	}
	return a
}
