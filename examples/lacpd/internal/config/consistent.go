package config

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// checkBonds refuses bonds that contradict themselves, each other or the group.
func (r *reader) checkBonds(bonds []Bond, group *Chassis) {
	if group != nil {
		r.checkSection(group)
	}
	r.checkLAGs(bonds, group)
	names := make(map[string]Position)   // of each bond
	members := make(map[string]Position) // of each interface
	addresses := make(map[netip.Addr]Position)
	for i := range bonds {
		b := &bonds[i]
		if b.Name == "" {
			continue
		}
		at := b.at.keys["name"]
		if before, ok := names[b.Name]; ok {
			r.problems.Refuse(at, "name", b.Name, "each name once, it is taken on line "+strconv.Itoa(before.Line))
		} else {
			names[b.Name] = at
		}
	}
	for i := range bonds {
		b := &bonds[i]
		r.checkPorts(b, names, members)
		r.checkLimits(b)
		r.checkRoutes(b)
		for j, p := range b.Addresses {
			at := b.at.addresses[j]
			if before, ok := addresses[p.Addr()]; ok {
				r.problems.Refuse(at, "addresses", p.String(), "each address once, it is given on line "+strconv.Itoa(before.Line))
				continue
			}
			addresses[p.Addr()] = at
		}
	}
}

// checkPorts refuses ports that are bonds or already ports.
func (r *reader) checkPorts(b *Bond, bonds, members map[string]Position) {
	if len(b.Ports) > maxPorts {
		r.problems.Refuse(b.at.ports[maxPorts], "ports", strconv.Itoa(len(b.Ports))+" interfaces", "1 to "+strconv.Itoa(maxPorts))
	}
	for j, name := range b.Ports {
		at := b.at.ports[j]
		_, isBond := bonds[name]
		before, taken := members[name]
		switch {
		case name == b.Name:
			r.problems.Refuse(at, "ports", name, "an interface other than the bond itself")
		case isBond:
			r.problems.Refuse(at, "ports", name, "an Ethernet interface, no bond")
		case taken:
			r.problems.Refuse(at, "ports", name, "each interface once, it is a port on line "+strconv.Itoa(before.Line))
		}
		if !taken {
			members[name] = at
		}
	}
}

// checkOptions refuses settings that another setting rules out.
func (r *reader) checkOptions(b *Bond) {
	if key, value := b.OnlyUser(); b.DataPlane == PlaneEBPF && key != "" {
		r.problems.Refuse(b.at.keys["data_plane"], "data_plane", PlaneEBPF, "auto or user, because of "+key+" "+value)
	}
	if key, value := b.NotTeam(); b.DataPlane == PlaneTeam && key != "" {
		r.problems.Refuse(b.at.keys["data_plane"], "data_plane", PlaneTeam, "auto, ebpf or user, because of "+key+" "+value)
	}
	if b.More.MinLinksDown > b.MinLinks {
		r.problems.Refuse(b.at.keys["min_links_down"], "min_links_down", strconv.Itoa(b.More.MinLinksDown), "at most min_links, "+strconv.Itoa(b.MinLinks))
	}
	d := b.More.LACP.Dampening // 0 stands for the default
	if suppress, reuse := cmp.Or(d.Suppress, 2000), cmp.Or(d.Reuse, 750); reuse >= suppress {
		key := "dampening_reuse"
		if d.Reuse == 0 {
			key = "dampening_suppress"
		}
		r.problems.Refuse(b.at.keys[key], key, strconv.Itoa(int(cmp.Or(d.Reuse, d.Suppress))), "dampening_reuse less than dampening_suppress")
	}
	if suppress := cmp.Or(d.Suppress, 2000); d.Max != 0 && d.Max < suppress {
		r.problems.Refuse(b.at.keys["dampening_max"], "dampening_max", strconv.Itoa(int(d.Max)), "at least dampening_suppress, "+strconv.Itoa(int(suppress)))
	}
	o := &b.More.HashOptions
	for _, f := range []struct {
		key string
		on  bool
	}{{"hash_symmetric", o.Symmetric}, {"hash_inner", o.Inner}, {"hash_hardened", o.Hardened}} {
		if f.on && b.Hash != hash.Flow {
			r.problems.Refuse(b.at.keys[f.key], f.key, "true", "false, or xmit_hash_policy FLOW")
		}
	}
}

// checkLimits refuses settings that the bond's ports can't meet.
func (r *reader) checkLimits(b *Bond) {
	if p := b.Failover.Primary; ValidPort(p) && !slices.Contains(b.Ports, p) {
		r.problems.Refuse(b.at.keys["primary"], "primary", p, "one of the bond's ports")
	}
	for _, key := range slices.Sorted(maps.Keys(b.at.perPort)) {
		for _, port := range slices.Sorted(maps.Keys(b.at.perPort[key])) {
			if !slices.Contains(b.Ports, port) {
				r.problems.Refuse(b.at.perPort[key][port], key, quoted(port), "the bond's ports")
			}
		}
	}
	r.checkOptions(b)
	if b.LACP.MaxLinks > 0 && b.MinLinks > b.LACP.MaxLinks {
		r.problems.Refuse(b.at.keys["min_links"], "min_links", strconv.Itoa(b.MinLinks), "at most max_links, "+strconv.Itoa(b.LACP.MaxLinks))
	}
	if b.Mode == bond.ModeFailover && b.MinLinks > 1 {
		r.problems.Refuse(b.at.keys["min_links"], "min_links", strconv.Itoa(b.MinLinks), "at most 1: FAILOVER uses one link at a time")
	} else if n := len(b.Ports); n > 0 && b.MinLinks > n {
		r.problems.Refuse(b.at.keys["min_links"], "min_links", strconv.Itoa(b.MinLinks), "at most the number of ports, "+strconv.Itoa(n))
	}
}
