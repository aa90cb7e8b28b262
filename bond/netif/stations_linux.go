package netif

import (
	"net"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
	"github.com/lagkit/lagkit/lacp"
)

// Limits on the stations listed and on how deep interfaces may be stacked.
const (
	maxStations  = 1024
	maxLearned   = 256 // of those, MAC addresses alone
	maxStackSize = 8
)

// Stations lists the addresses that the network reaches through the device, read from the
// kernel now. They are the IP addresses of the device and of the interfaces on top of it (VLAN
// devices, macvlans, ipvlans, the bridge it is a port of, and so on), and the MAC addresses
// that hosts on the bridge's other ports and macvlans in other namespaces use. It lists at
// most 256 of the latter.
func (d *Device) Stations() ([]link.Station, error) {
	d.mu.Lock()
	closed, t := d.closed.Load(), d.tap.Load()
	index := t.index
	d.mu.Unlock()
	if closed {
		return nil, net.ErrClosed
	}
	if t.gone.Load() {
		return nil, &link.Error{Name: d.cfg.Name, Op: "list addresses", Err: unix.ENODEV}
	}
	list, err := stations(d.ns.rt, index)
	if err != nil {
		return nil, &link.Error{Name: d.cfg.Name, Op: "list addresses", Err: err}
	}
	return list, nil
}

func stations(rt *rtnl.Conn, index int32) ([]link.Station, error) {
	s, err := readStack(rt)
	if err != nil {
		return nil, err
	}
	return s.stations(index), nil
}

// stack records how the interfaces of a namespace are stacked, at one moment.
type stack struct {
	links map[int32]rtnl.Detail
	order []int32
	addrs map[int32][]rtnl.Addr
	fdb   []rtnl.FDBEntry
	vlans []rtnl.BridgeVLAN
}

func readStack(rt *rtnl.Conn) (*stack, error) {
	details, err := rt.Details()
	if err != nil {
		return nil, err
	}
	s := &stack{links: make(map[int32]rtnl.Detail)}
	for _, li := range details {
		s.links[li.Index] = li
		s.order = append(s.order, li.Index)
	}
	if s.addrs, err = rt.AllAddrs(0); err != nil {
		return nil, err
	}
	if s.fdb, err = rt.FDB(); err != nil {
		s.fdb = nil // a kernel without bridges
	}
	if slices.ContainsFunc(details, func(li rtnl.Detail) bool { return li.Filters }) {
		if s.vlans, err = rt.BridgeVLANs(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// survey collects stations while it walks up from a device.
type survey struct {
	*stack
	found []link.Station
	rungs []rung // in the order of the walk
}

// rung is an interface above the device, and describes how its frames look on the device.
type rung struct {
	index, below int32
	tags         []link.Tag
	base         []link.Tag // of a bridge: how frames of its port look
	apart        bool       // of a bridge: its own frames do not leave by that port
}

func (s *stack) stations(device int32) []link.Station {
	v := &survey{stack: s}
	v.climb(rung{index: device}, 0)
	for _, p := range v.rungs {
		v.listAddrs(p)
	}
	// The lists of lower interfaces repeat the addresses of higher ones, without tags.
	for _, p := range slices.Backward(v.rungs) {
		v.listLearned(p)
	}
	return v.found
}

// climb adds an interface and all interfaces on top of it.
func (v *survey) climb(p rung, depth int) {
	li, ok := v.links[p.index]
	if !ok || depth > maxStackSize || slices.ContainsFunc(v.rungs, func(q rung) bool { return q.index == p.index }) {
		return
	}
	v.rungs = append(v.rungs, p)
	if bridge, ok := v.links[int32(li.Master)]; ok && bridge.Kind == "bridge" {
		up := rung{index: bridge.Index, below: p.index, base: p.tags}
		tags, ok := v.through(up, v.ownVLAN(bridge.Index))
		up.tags, up.apart = tags, !ok
		v.climb(up, depth+1)
	}
	for _, index := range v.order {
		up := v.links[index]
		if !sitsOn(up.Link, p.index) {
			continue
		}
		switch up.Kind {
		case "vlan":
			tags, ok := append(slices.Clip(p.tags), link.Tag{Type: up.VLANProto, ID: up.VLAN}), true
			if li.Filters {
				tags, ok = v.through(p, up.VLAN)
			}
			if ok {
				v.climb(rung{index: index, below: p.index, tags: tags}, depth+1)
			}
		case "macvlan", "macvtap", "ipvlan":
			if !p.apart {
				v.climb(rung{index: index, below: p.index, tags: p.tags}, depth+1)
			}
		}
	}
}

// through returns how a bridge's frames of a VLAN look on the device; false if they do not
// leave through its port.
func (v *survey) through(bridge rung, vlan uint16) ([]link.Tag, bool) {
	if !v.links[bridge.index].Filters {
		return bridge.base, true
	}
	for _, b := range v.vlans {
		if b.Port != bridge.below || b.ID != vlan {
			continue
		}
		if b.Untagged {
			return bridge.base, true
		}
		return append(slices.Clip(bridge.base), link.Tag{Type: 0x8100, ID: vlan}), true
	}
	return nil, false
}

// ownVLAN returns the VLAN of a bridge's own untagged frames, or 0.
func (v *survey) ownVLAN(bridge int32) uint16 {
	for _, b := range v.vlans {
		if b.Port == bridge && b.PVID {
			return b.ID
		}
	}
	return 0
}

// listAddrs adds the IP addresses of an interface, or its MAC address alone if it has none.
func (v *survey) listAddrs(p rung) {
	li := v.links[p.index]
	if len(li.Addr) != 6 || li.Flags&unix.IFF_UP == 0 || p.apart {
		return
	}
	found := false
	for _, a := range v.addrs[p.index] {
		// An address that is not known to be free, or is not, must not be claimed.
		const unsure = unix.IFA_F_TENTATIVE | unix.IFA_F_DADFAILED
		if a.Scope == unix.RT_SCOPE_HOST || a.Flags&unsure != 0 && a.Flags&unix.IFA_F_OPTIMISTIC == 0 {
			continue
		}
		found = true
		v.add(link.Station{MAC: lacp.MAC(li.Addr), Addr: a.Local, Tags: p.tags})
	}
	if !found && !v.has(li.Addr) {
		v.add(link.Station{MAC: lacp.MAC(li.Addr), Tags: p.tags})
	}
}

// listLearned adds the MAC addresses that an interface accepts frames for, and those that a
// bridge has learnt on its other ports.
func (v *survey) listLearned(p rung) {
	for _, e := range v.fdb {
		switch {
		case e.MAC[0]&1 != 0:
		case e.Bridge == 0 && e.Port == p.index && !v.has(e.MAC):
			v.learned(e.MAC, p.tags)
		case e.Bridge == p.index && e.Port != p.below && e.Port != p.index && !e.Permanent:
			if tags, ok := v.through(p, e.VLAN); ok && !v.hasTagged(e.MAC, tags) {
				v.learned(e.MAC, tags)
			}
		}
	}
}

func (v *survey) learned(mac net.HardwareAddr, tags []link.Tag) {
	count := 0
	for _, s := range v.found {
		if !s.Addr.IsValid() {
			count++
		}
	}
	if count < maxLearned {
		v.add(link.Station{MAC: lacp.MAC(mac), Tags: tags})
	}
}

func (v *survey) add(s link.Station) {
	if len(v.found) < maxStations {
		v.found = append(v.found, s)
	}
}

func (v *survey) hasTagged(mac net.HardwareAddr, tags []link.Tag) bool {
	return slices.ContainsFunc(v.found, func(s link.Station) bool {
		return s.MAC == lacp.MAC(mac) && slices.Equal(s.Tags, tags)
	})
}

func (v *survey) has(mac net.HardwareAddr) bool {
	return slices.ContainsFunc(v.found, func(s link.Station) bool { return s.MAC == lacp.MAC(mac) })
}
