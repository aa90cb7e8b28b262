package netif

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
)

// What other programs do to a member's interface: noticed by the monitor as faults of the
// link's state, and undone by Repair.

// guard has the monitor notice when the host's IP stack gets at a member again.
func (m *monitor) guard(w *watch) {
	m.mu.Lock()
	w.guarded = true
	m.mu.Unlock()
	m.inspect([]int32{w.index})
}

// inspect reads, for members, whether the ingress filter is in its place and which IP
// addresses there are. It does so without the lock: the kernel may be busy for seconds.
func (m *monitor) inspect(indexes []int32) {
	for _, index := range indexes {
		filter, filterErr := m.rt.HasIngressFilter(index)
		addrs, addrsErr := m.rt.Addrs(index)
		m.mu.Lock()
		if w := m.find(index); w != nil && w.guarded && !w.state.Removed {
			s := w.state
			set := func(f link.Faults, is bool, err error) {
				if err == nil {
					s.Faults &^= f
					if is {
						s.Faults |= f
					}
				}
			}
			set(link.FaultHostFilter, !filter, filterErr)
			set(link.FaultHostAddress, len(addrs) > 0, addrsErr)
			m.publish(w, s)
		}
		m.mu.Unlock()
	}
}

// Repair undoes what another program did to the interface.
func (l *Link) Repair(f link.Faults) error {
	return l.change("repair", "", "", func() error {
		var errs []error
		index := l.taken.rec.Index
		if f&link.FaultEnslaved != 0 {
			errs = append(errs, l.ns.rt.SetMaster(index, 0))
		}
		if f&link.FaultHostFilter != 0 {
			errs = append(errs, l.ns.rt.RemoveIngress(index, false), l.ns.rt.AddIngress(index))
		}
		if f&link.FaultHostAddress != 0 {
			errs = append(errs, l.taken.takeAddresses())
		}
		l.ns.mon.inspect([]int32{index})
		return errors.Join(errs...)
	})
}

// takeAddresses removes the IP addresses that the interface was given since it is a
// member. The record keeps them: they are put back with the others.
func (t *takeover) takeAddresses() error {
	addrs, err := t.ns.rt.Addrs(t.rec.Index)
	if err != nil {
		return err
	}
	known := len(t.rec.Addresses)
	for _, a := range addrs {
		generated := a.Local.Is6() && a.Local.IsLinkLocalUnicast() || a.Temporary()
		if !generated && !slices.Contains(t.rec.Addresses, a) {
			t.rec.Addresses = append(t.rec.Addresses, a)
		}
	}
	if len(t.rec.Addresses) > known {
		if err := t.save(); err != nil {
			return err
		}
	}
	if name, err := t.name(); err == nil && t.rec.DisableIPv6 == "0" {
		if err := writeDisableIPv6(t.ns, name, "1"); err != nil {
			return fmt.Errorf("turn IPv6 off: %w", err)
		}
	}
	return t.removeAddresses(addrs)
}
