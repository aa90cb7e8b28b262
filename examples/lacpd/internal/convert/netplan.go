package convert

import (
	"path"
	"slices"
	"strings"
	"time"
)

// netplanOptions are the parameters of netplan whose name is not that of the bonding driver with
// hyphens.
var netplanOptions = map[string]string{
	"transmit-hash-policy": "xmit_hash_policy", "mii-monitor-interval": "miimon", "up-delay": "updelay", "down-delay": "downdelay",
	"fail-over-mac-policy": "fail_over_mac", "gratuitous-arp": "num_grat_arp", "gratuitious-arp": "num_grat_arp", //nolint:misspell // both are spellings of netplan
	"packets-per-member": "packets_per_slave", "primary-reselect-policy": "primary_reselect", "learn-packet-interval": "lp_interval",
	"all-members-active": "all_slaves_active", "arp-ip-targets": "arp_ip_target",
}

// spans are the options that are a time, in milliseconds.
var spans = []string{"miimon", "updelay", "downdelay", "peer_notif_delay", "arp_interval"}

// readNetplan reads the files of netplan, merged in the order of their names.
func readNetplan(b *builder, sources []Source) error {
	var all *node
	for _, s := range sortedByName(sources) {
		docs, err := readYAML(s)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			network := doc.take("network")
			if network == nil || network.fields == nil {
				return wrongType(doc.at, `a mapping "network"`)
			}
			for _, f := range doc.rest() {
				b.lost(f.at, f.key, "netplan has no such key")
			}
			all = merged(all, network, 0)
		}
	}
	p := netplan{b, all}
	bonds := all.take("bonds")
	if bonds == nil || bonds.fields == nil {
		return nil // Convert reports it
	}
	for i := range bonds.fields {
		p.bond(&bonds.fields[i])
	}
	p.ports()
	p.above()
	return nil
}

// sortedByName returns the sources in the order of their base names, as programs read a folder.
func sortedByName(sources []Source) []Source {
	return slices.SortedStableFunc(slices.Values(sources), func(a, b Source) int { return strings.Compare(path.Base(a.Name), path.Base(b.Name)) })
}

// netplan reads the merged files.
type netplan struct {
	*builder
	network *node
}

func (p *netplan) bond(f *field) {
	d := p.builder.bond(value{text: f.key, at: f.at})
	n := f.value
	for _, port := range n.take("interfaces").values() {
		if name, ok := p.interfaceName(port); ok {
			d.addPort(name)
		}
	}
	parameters := n.take("parameters")
	if parameters != nil {
		p.parameters(d, parameters)
	}
	p.hostSide(d, n)
	for _, f := range n.rest() {
		p.other(f)
	}
}

// interfaceName returns the name of the interface that netplan's id stands for.
func (p *netplan) interfaceName(id value) (value, bool) {
	n := p.network.take("ethernets").take(id.text)
	if name := n.take("set-name").value(); name.text != "" {
		return value{text: name.text, at: id.at}, true
	}
	match := n.take("match")
	if match == nil {
		return id, true
	}
	if name := match.take("name").value(); name.text != "" && !isPattern(name.text) && match.take("macaddress") == nil {
		return value{text: name.text, at: id.at}, true
	}
	p.lost(id.at, "interfaces "+id.text, "netplan finds the interface by "+strings.Join(keys(match), " and ")+": write its name into ports")
	return id, true
}

func keys(n *node) (list []string) {
	for _, f := range n.fields {
		list = append(list, f.key+" "+f.value.String())
	}
	return list
}

func (p *netplan) parameters(d *bond, n *node) {
	for i := range n.fields {
		f := &n.fields[i]
		option, ok := netplanOptions[f.key]
		if !ok {
			option = strings.ReplaceAll(f.key, "-", "_")
		}
		text := f.value.value().text
		switch {
		case f.value.items != nil:
			text = f.value.String()
		case slices.Contains(spans, option):
			text = milliseconds(text, time.Millisecond)
		case f.key == "primary":
			name, _ := p.interfaceName(value{text: text, at: f.at})
			text = name.text
		}
		d.options[option] = value{text, f.at, f.key + " " + f.value.String()}
	}
}

// hostSide reads what is on the bond's device.
func (p *netplan) hostSide(d *bond, n *node) {
	d.mtu, d.mac = n.take("mtu").value(), n.take("macaddress").value()
	if list := n.take("addresses"); list != nil {
		for _, item := range list.items {
			if item.single {
				d.addresses = append(d.addresses, item.value())
			}
			for _, f := range item.fields { // an address with its options
				d.addresses = append(d.addresses, value{text: f.key, at: f.at})
				for _, option := range f.value.fields {
					p.lost(option.at, option.key+" "+option.value.String(), "an address of lacpd has no "+option.key)
				}
			}
		}
	}
	for _, key := range []string{"gateway4", "gateway6"} {
		if v := n.take(key).value(); v.text != "" {
			d.gateways = append(d.gateways, v)
		}
	}
	if list := n.take("routes"); list != nil {
		for _, item := range list.items {
			p.route(d, item)
		}
	}
}

func (p *netplan) route(d *bond, n *node) {
	r := route{to: n.take("to").value().text, via: n.take("via").value().text, metric: n.take("metric").value().text}
	if r.to == "0.0.0.0/0" || r.to == "::/0" || r.to == "0/0" {
		r.to = "default"
	}
	if scope := n.take("scope"); scope != nil && scope.text != "link" && scope.text != "global" {
		p.lost(scope.at, "route "+r.to+": scope "+scope.String(), noCounterpart)
	}
	keep := true
	for _, f := range n.rest() {
		what := "route " + r.to + ": " + f.key + " " + f.value.String()
		switch {
		case f.key == "on-link" && !f.value.is(true), f.key == "table" && f.value.text == "254", f.key == "type" && f.value.text == "unicast":
			continue
		case slices.Contains([]string{"table", "type", "from", "on-link"}, f.key):
			keep = false
			p.lost(f.at, what, "lacpd sets plain routes of the main table only: set this one by a script")
		default:
			p.lost(f.at, what, "a route of lacpd has no "+f.key)
		}
	}
	if keep {
		d.addRoute(r, n.at)
	}
}

// other notes a key of a bond that no other function reads.
func (p *netplan) other(f *field) {
	what := f.key + " " + f.value.String()
	switch f.key {
	case "dhcp4", "dhcp6":
		if f.value.is(true) {
			p.lost(f.at, what, needsDHCP)
		}
	case "accept-ra", "dhcp4-overrides", "dhcp6-overrides", "dhcp-identifier", "ipv6-privacy", "ipv6-address-generation", "ipv6-mtu", "link-local", "routing-policy":
		p.lost(f.at, what, "set it on the bond's device, which lacpd leaves to the host")
	case "nameservers":
		p.lost(f.at, what, needsResolver)
	case "renderer", "optional", "critical", "ignore-carrier", "optional-addresses", "wakeonlan", "receive-checksum-offload":
		p.unneeded(f.at, what, "it is about netplan's own work")
	default:
		p.lost(f.at, what, noCounterpart)
	}
}

// ports notes what the ports had for themselves.
func (p *netplan) ports() {
	ethernets := p.network.take("ethernets")
	if ethernets == nil {
		return
	}
	for i := range ethernets.fields {
		f := &ethernets.fields[i]
		if !p.isPort(f.key) && !p.isPort(f.value.take("set-name").value().text) {
			continue
		}
		for j := range f.value.fields {
			p.portKey(f.key, &f.value.fields[j])
		}
	}
}

// portKey notes a key of a port.
func (p *netplan) portKey(port string, own *field) {
	what := port + ": " + own.key + " " + own.value.String()
	switch own.key {
	case "match", "optional", "critical", "renderer", "ignore-carrier", "link-local":
	case "set-name":
		p.lost(own.at, what, "lacpd finds the port by this name, and does not give it: keep it in netplan, or write a .link file")
	case "mtu":
		p.unneeded(own.at, what, portMTU)
	case "dhcp4", "dhcp6", "accept-ra":
		if own.value.is(true) {
			p.unneeded(own.at, what, portAddresses)
		}
	case "addresses", "routes", "gateway4", "gateway6", "nameservers":
		p.unneeded(own.at, what, portAddresses)
	case "wakeonlan":
		if own.value.is(true) {
			p.lost(own.at, what, portRest)
		}
	default:
		p.lost(own.at, what, portRest)
	}
}

func (p *netplan) isPort(name string) bool {
	return slices.ContainsFunc(p.bonds, func(d *bond) bool {
		return slices.ContainsFunc(d.ports, func(v value) bool { return v.text == name && name != "" })
	})
}

// above notes the interfaces on top of the bonds.
func (p *netplan) above() {
	for _, kind := range []string{"vlans", "bridges", "tunnels", "vrfs", "macvlans"} {
		list := p.network.take(kind)
		if list == nil {
			continue
		}
		for _, f := range list.fields {
			lower := append(f.value.take("interfaces").values(), f.value.take("link").value())
			if slices.ContainsFunc(lower, func(v value) bool { return p.find(v.text) != nil }) {
				p.lost(f.at, strings.TrimSuffix(kind, "s")+" "+f.key, staysWithHost)
			}
		}
	}
}
