package netif

import (
	"errors"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// This file handles what other programs do to a member's interface. The monitor reports it as
// faults of the link's state, and Repair undoes it.

// guard makes the monitor notice when a member's interface loses flags that it was given, and,
// if it is cut off, when the host's IP stack reaches it again.
func (m *monitor) guard(w *watch, flags uint32, cutOff bool) {
	m.mu.Lock()
	w.asked, w.guarded = flags, cutOff
	m.mu.Unlock()
	if cutOff {
		m.inspect(map[int32]link.Faults{w.index: inspected})
	}
}

// guardSoon is guard that does not wait for the kernel.
func (m *monitor) guardSoon(w *watch, flags uint32, cutOff bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w.asked, w.guarded = flags, cutOff
	if cutOff {
		m.done.Go(func() { m.inspect(map[int32]link.Faults{w.index: inspected}) })
	}
}

// inspected are the faults that inspect looks for.
const inspected = link.FaultHostFilter | link.FaultHostAddress | link.FaultUpper

// inspect reads, for members by their index, whether they have these faults: whether the ingress
// filter is missing, whether they have IP addresses, and whether another interface sits on them.
// It does so without the monitor's lock, because the kernel may be busy for seconds, but one at
// a time, so that an older reading never replaces a newer one.
func (m *monitor) inspect(members map[int32]link.Faults) {
	m.inspecting.Lock()
	defer m.inspecting.Unlock()
	var all link.Faults
	for _, which := range members {
		all |= which
	}
	var links []rtnl.Link
	var linksErr error
	if all&link.FaultUpper != 0 {
		links, linksErr = m.rt.Links()
	}
	for index, which := range members {
		var known, found link.Faults
		note := func(f link.Faults, is bool, err error) {
			if err == nil {
				known |= f
			}
			if err == nil && is {
				found |= f
			}
		}
		if which&link.FaultHostFilter != 0 {
			there, err := m.rt.HasIngressFilter(index)
			note(link.FaultHostFilter, !there, err)
		}
		if which&link.FaultHostAddress != 0 {
			addrs, err := m.rt.Addrs(index)
			note(link.FaultHostAddress, len(addrs) > 0, err)
		}
		if which&link.FaultUpper != 0 {
			note(link.FaultUpper, slices.ContainsFunc(links, func(li rtnl.Link) bool { return sitsOn(li, index) }), linksErr)
		}
		m.mu.Lock()
		if w := m.find(index); w != nil && w.guarded && !w.state.Removed {
			s := w.state
			s.Faults = s.Faults&^known | found
			m.publish(w, s)
		}
		m.mu.Unlock()
	}
}

// Names returns the names that the interface has now.
func (m *Member) Names() (names []string) {
	_ = m.change("read names", "", "", func() error {
		li, err := m.ns.rt.LinkByIndex(m.taken.rec.Index)
		if err == nil {
			names = append(li.AltNames, li.Name)
		}
		return err
	})
	return names
}

// Repair undoes what another program did to the interface.
func (m *Member) Repair(f link.Faults) error {
	return m.change("repair", "", "", func() error {
		var errs []error
		index := m.taken.rec.Index
		if f&link.FaultEnslaved != 0 {
			errs = append(errs, m.ns.rt.SetMaster(index, 0))
		}
		if f&link.FaultHostFilter != 0 {
			errs = append(errs, m.ns.rt.RemoveIngress(index, false), m.ns.rt.AddIngress(index))
		}
		if f&link.FaultReception != 0 {
			errs = append(errs, m.taken.ask())
		}
		if f&link.FaultHostAddress != 0 {
			errs = append(errs, m.taken.takeAddresses())
		}
		m.ns.mon.inspect(map[int32]link.Faults{index: inspected})
		return errors.Join(errs...)
	})
}

// takeAddresses removes the IP addresses that the interface was given since it became a
// member, and what came with them. The record keeps all of it, so that it is restored with the
// rest.
func (t *takeover) takeAddresses() (err error) {
	now := &record{identity: identity{Index: t.rec.Index}, IPv6: t.rec.IPv6}
	if now.DisableIPv6, err = readDisableIPv6(t.ns, t.rec.Name); err != nil {
		return err
	}
	if err := now.inspectLayer3(t.ns); err != nil {
		return err
	}
	if err := t.save(func() { t.rec.update(now) }); err != nil {
		return err
	}
	return t.clearIP(false)
}
