package ifaddr

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// Interface is an interface whose IP addresses are set.
type Interface struct {
	Index int32
	RT    *rtnl.Conn               // of its network namespace
	Do    func(func() error) error // runs a function on a thread in that namespace
}

// Set makes prefixes the interface's IP addresses. It adds those that the interface lacks, even
// if another program removed them, and then removes those of before, which an earlier call has
// set. The new addresses exist before the old ones go. On failure the addresses are as they
// were.
func (i Interface) Set(before, prefixes []netip.Prefix) error {
	had, err := i.RT.Addrs(i.Index)
	if err != nil {
		return err
	}
	want, old := addrsOf(prefixes), addrsOf(before)
	missing := slices.DeleteFunc(slices.Clone(want), func(a rtnl.Addr) bool { return hasAddr(had, a) })
	goes := func(a rtnl.Addr) bool { return hasAddr(old, a) && !hasAddr(want, a) }
	if err := i.change(missing, slices.DeleteFunc(slices.Clone(had), func(a rtnl.Addr) bool { return !goes(a) })); err != nil {
		return errors.Join(err, i.undo(had, missing))
	}
	// With the first IPv4 address of a network, the kernel removes the others of that network.
	keep := slices.DeleteFunc(slices.Concat(missing, had), goes)
	if err := i.restore(keep); err != nil {
		return errors.Join(err, i.undo(had, missing))
	}
	return nil
}

// change adds addresses, then removes others.
func (i Interface) change(add, remove []rtnl.Addr) error {
	for _, a := range add {
		// The interface can't have the same IPv6 address twice with different prefix lengths.
		same := slices.IndexFunc(remove, func(b rtnl.Addr) bool { return a.Local.Is6() && a.Local == b.Local })
		if same >= 0 {
			if err := i.remove(remove[same]); err != nil {
				return err
			}
			remove = slices.Delete(remove, same, same+1)
		}
		if err := i.RT.AddAddr(i.Index, a); err != nil {
			return fmt.Errorf("add %s: %w", prefixOf(a), err)
		}
	}
	if len(remove) == 0 {
		return nil
	}
	defer i.promoteSecondaries()()
	for _, a := range remove {
		if err := i.remove(a); err != nil {
			return err
		}
	}
	return nil
}

func (i Interface) remove(a rtnl.Addr) error {
	if err := i.RT.DeleteAddr(i.Index, a); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove %s: %w", prefixOf(a), err)
	}
	return nil
}

// restore adds the addresses that have vanished again.
func (i Interface) restore(keep []rtnl.Addr) error {
	now, err := i.RT.Addrs(i.Index)
	if err != nil {
		return err
	}
	for _, a := range keep {
		if hasAddr(now, a) || a.Temporary() {
			continue
		}
		if err := i.RT.AddAddr(i.Index, a); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("add %s again: %w", prefixOf(a), err)
		}
	}
	return nil
}

// undo restores the addresses to what they were before.
func (i Interface) undo(before, added []rtnl.Addr) error {
	var errs []error
	for _, a := range added {
		if !hasAddr(before, a) {
			errs = append(errs, i.remove(a))
		}
	}
	return errors.Join(append(errs, i.restore(before))...)
}

// promoteSecondaries makes the kernel keep the other addresses of a network when the first one
// goes, until the returned function is called. So the interface is never without an address.
// If the kernel refuses the setting, the addresses are added again afterwards.
func (i Interface) promoteSecondaries() (undo func()) {
	undo = func() {}
	li, err := i.RT.LinkByIndex(i.Index)
	if err != nil {
		return undo
	}
	_ = i.Do(func() error {
		path := filepath.Join("/proc/sys/net/ipv4/conf", li.Name, "promote_secondaries")
		was, err := os.ReadFile(path)
		if err != nil || len(was) == 0 || was[0] != '0' {
			return err
		}
		if err := os.WriteFile(path, []byte("1"), 0); err != nil {
			return err
		}
		undo = func() { _ = i.Do(func() error { return os.WriteFile(path, was, 0) }) }
		return nil
	})
	return undo
}

// hasAddr reports whether a list contains an address. It ignores attributes.
func hasAddr(list []rtnl.Addr, a rtnl.Addr) bool {
	return slices.ContainsFunc(list, func(b rtnl.Addr) bool { return a.Local == b.Local && a.Bits == b.Bits })
}

func prefixOf(a rtnl.Addr) netip.Prefix { return netip.PrefixFrom(a.Local, int(a.Bits)) }

// Check refuses a new address if another interface is in the same network: the host would send
// traffic for that network through either. The error is a [*link.Error] about the interface
// called name.
func (i Interface) Check(name string, prefixes []netip.Prefix) error {
	all, err := i.RT.AllAddrs(0)
	if err != nil {
		return err
	}
	for _, a := range addrsOf(prefixes) {
		if hasAddr(all[i.Index], a) {
			continue
		}
		p := prefixOf(a)
		for index, others := range all {
			if index == i.Index {
				continue
			}
			for _, o := range others {
				other := prefixOf(o)
				if !o.Local.IsLinkLocalUnicast() && !o.Local.IsLoopback() && other.Overlaps(p) {
					return &link.Error{Name: name, Op: "set addresses", Field: "Addresses", Value: p.String(),
						Allowed: fmt.Sprintf("a network that no other interface is in; %s has %s: bond the two, or give one of them both addresses",
							i.nameOf(index), other)}
				}
			}
		}
	}
	return nil
}

// addrsOf returns the addresses of prefixes, without duplicates.
func addrsOf(prefixes []netip.Prefix) (list []rtnl.Addr) {
	for _, p := range prefixes {
		if a := addrOf(p); !hasAddr(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// addrOf returns a permanent address with the usual broadcast address.
func addrOf(p netip.Prefix) rtnl.Addr {
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

// nameOf returns the name of an interface.
func (i Interface) nameOf(index int32) string {
	if li, err := i.RT.LinkByIndex(index); err == nil {
		return li.Name
	}
	return "interface " + strconv.Itoa(int(index))
}
