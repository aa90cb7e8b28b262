package convert

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// networkdOptions are the keys of section [Bond] and the options of the bonding driver that they set.
var networkdOptions = map[string]string{
	"Mode": "mode", "TransmitHashPolicy": "xmit_hash_policy", "LACPTransmitRate": "lacp_rate", "MIIMonitorSec": "miimon",
	"PeerNotifyDelaySec": "peer_notif_delay", "UpDelaySec": "updelay", "DownDelaySec": "downdelay", "LearnPacketIntervalSec": "lp_interval",
	"AdSelect": "ad_select", "AdActorSystemPriority": "ad_actor_sys_prio", "AdUserPortKey": "ad_user_port_key", "AdActorSystem": "ad_actor_system",
	"FailOverMACPolicy": "fail_over_mac", "ARPValidate": "arp_validate", "ARPIntervalSec": "arp_interval", "ARPIPTargets": "arp_ip_target",
	"ARPAllTargets": "arp_all_targets", "ARPMissedMax": "arp_missed_max", "PrimaryReselectPolicy": "primary_reselect", "ResendIGMP": "resend_igmp",
	"PacketsPerSlave": "packets_per_slave", "GratuitousARP": "num_grat_arp", "AllSlavesActive": "all_slaves_active",
	"DynamicTransmitLoadBalancing": "tlb_dynamic_lb", "MinLinks": "min_links", "LACPActive": "lacp_active",
}

// networkd reads .netdev and .network files.
type networkd struct{ *builder }

// readNetworkd reads the files of systemd-networkd in the order of their names.
func readNetworkd(b *builder, sources []Source) error {
	p := networkd{b}
	files := make([][]section, 0, len(sources))
	for _, s := range sortedByName(sources) {
		sections, others := readSections(s)
		for _, v := range others {
			b.lost(v.at, v.text, "the line has no section, or no \"=\"")
		}
		if strings.HasSuffix(s.Name, ".link") {
			b.unneeded(place{s.Name, 1}, "a .link file", "lacpd leaves names and settings of interfaces to udev")
			continue
		}
		files = append(files, sections)
		p.netdev(sections)
	}
	for _, sections := range files {
		p.port(sections)
	}
	for _, sections := range files {
		p.network(sections)
	}
	return nil
}

// has reports whether there is a section of a name.
func has(sections []section, name string) bool {
	return slices.ContainsFunc(sections, func(s section) bool { return s.name == name })
}

// netdev reads a file that makes a device.
func (p *networkd) netdev(sections []section) {
	name, kind := get(sections, "NetDev", "Name"), get(sections, "NetDev", "Kind")
	switch {
	case !strings.EqualFold(kind.text, "bond"): // the bond's own file names what is on top of it
		return
	}
	d := p.bond(name)
	for _, s := range sections {
		for _, a := range s.keys {
			p.netdevKey(d, s.name, a)
		}
	}
}

func (p *networkd) netdevKey(d *bond, section string, a assignment) {
	what := a.key + "=" + a.text
	option, known := networkdOptions[a.key]
	switch {
	case section == "Match":
		p.lost(a.at, what, "lacpd makes the bond on every host that has the file")
	case section == "NetDev" && a.key == "Description":
		d.description = a.value
	case section == "NetDev" && a.key == "MTUBytes":
		d.mtu = value{text: bytesText(a.text), at: a.at}
	case section == "NetDev" && a.key == "MACAddress":
		d.mac = a.value
	case section == "NetDev" && (a.key == "Name" || a.key == "Kind"):
	case section == "Bond" && known:
		v := a.value
		v.spelled = what
		if strings.HasSuffix(a.key, "Sec") {
			v.text = milliseconds(v.text, time.Second)
		}
		d.options[option] = v
	default:
		p.lost(a.at, what, noCounterpart)
	}
}

// bytesText returns a number of octets that may have one of systemd's suffixes.
func bytesText(s string) string {
	digits, ok := strings.CutSuffix(s, "K")
	if n, err := strconv.Atoi(digits); ok && err == nil {
		return strconv.Itoa(n << 10)
	}
	return s
}

// port reads a file whose interfaces are ports of a bond.
func (p *networkd) port(sections []section) {
	of := get(sections, "Network", "Bond")
	d := p.find(of.text)
	if d == nil {
		if of.text != "" {
			p.lost(of.at, "Bond="+of.text, "no .netdev file makes this bond: give it too")
		}
		return
	}
	names := getAll(sections, "Match", "Name")
	for _, name := range names {
		if isPattern(name.text) {
			p.lost(name.at, "Name="+name.text, "lacpd knows no patterns: write the names of the interfaces into ports")
			continue
		}
		d.addPort(name)
	}
	if names == nil {
		p.lost(of.at, "Bond="+of.text, "networkd finds the interface by other means than its name: write the name into ports")
	}
	for _, s := range sections {
		for _, a := range s.keys {
			p.portKey(d, s.name, a, names)
		}
	}
}

func (p *networkd) portKey(d *bond, section string, a assignment, names []value) {
	what := a.key + "=" + a.text
	switch {
	case section == "Match":
		if a.key != "Name" {
			p.lost(a.at, what, "lacpd finds ports by their names only: check that they are the same interfaces")
		}
	case section == "Network" && a.key == "Bond", section == "Link" && a.key == "RequiredForOnline", a.key == "Description":
	case section == "Link" && a.key == "MTUBytes":
		p.unneeded(a.at, what, portMTU)
	case section == "Network" && a.key == "PrimarySlave":
		if len(names) > 0 && isYes(a.text) {
			d.options["primary"] = value{names[0].text, a.at, what}
		}
	case section == "Network" && a.key == "ActiveSlave":
		p.unneeded(a.at, what, "primary chooses the port")
	case section == "Network" && slices.Contains([]string{"Address", "DHCP", "Gateway", "LinkLocalAddressing", "IPv6AcceptRA", "LLDP", "EmitLLDP", "DNS", "ConfigureWithoutCarrier"}, a.key):
		p.unneeded(a.at, what, portAddresses)
	default:
		p.lost(a.at, what, portRest)
	}
}

func isYes(s string) bool {
	n := node{text: s, single: true}
	return n.is(true)
}

// network reads a file that configures the device of a bond, or notes interfaces on top of one.
func (p *networkd) network(sections []section) {
	if has(sections, "NetDev") {
		return
	}
	names := getAll(sections, "Match", "Name")
	for _, name := range names {
		d := p.find(name.text)
		if d == nil {
			continue
		}
		for i := range sections {
			p.networkSection(d, &sections[i])
		}
	}
}

func (p *networkd) networkSection(d *bond, s *section) {
	switch s.name {
	case "Match":
		return
	case "Address":
		p.address(d, s)
		return
	case "Route":
		p.route(d, s)
		return
	}
	for _, a := range s.keys {
		what := a.key + "=" + a.text
		switch s.name + " " + a.key {
		case "Network Address":
			d.addresses = append(d.addresses, a.value)
		case "Network Gateway":
			d.addRoute(route{to: "default", via: a.text}, a.at)
		case "Link MTUBytes":
			d.mtu = value{text: bytesText(a.text), at: a.at}
		case "Link MACAddress":
			d.mac = a.value
		case "Network Description":
			d.description = a.value
		case "Network VLAN", "Network Bridge", "Network MACVLAN", "Network IPVLAN", "Network VXLAN", "Network Tunnel", "Network VRF", "Network MACVTAP":
			p.lost(a.at, what, staysWithHost)
		case "Network DHCP":
			if !slices.Contains([]string{"no", "false", "0", "off"}, strings.ToLower(a.text)) {
				p.lost(a.at, what, needsDHCP)
			}
		case "Network DNS", "Network Domains", "Network NTP":
			p.lost(a.at, what, needsResolver)
		case "Network ConfigureWithoutCarrier", "Network BindCarrier", "Network KeepConfiguration", "Network LLDP", "Network EmitLLDP",
			"Link RequiredForOnline", "Link ActivationPolicy", "Network IgnoreCarrierLoss":
			p.unneeded(a.at, what, "it is about networkd's own work")
		default:
			p.lost(a.at, what, "set it on the bond's device, which lacpd leaves to the host")
		}
	}
}

func (p *networkd) address(d *bond, s *section) {
	for _, a := range s.keys {
		if a.key == "Address" {
			d.addresses = append(d.addresses, a.value)
			continue
		}
		p.lost(a.at, a.key+"="+a.text, "an address of lacpd has no "+a.key)
	}
}

func (p *networkd) route(d *bond, s *section) {
	r, keep := route{}, true
	for _, a := range s.keys {
		switch a.key {
		case "Destination":
			r.to = a.text
		case "Gateway":
			r.via = a.text
		case "Metric":
			r.metric = a.text
		case "Table", "Type", "Source", "GatewayOnLink", "Scope":
			if a.key == "Table" && a.text == "main" || a.key == "Type" && a.text == "unicast" || a.key == "GatewayOnLink" && !isYes(a.text) || a.key == "Scope" {
				continue
			}
			keep = false
			p.lost(a.at, "route: "+a.key+"="+a.text, "lacpd sets plain routes of the main table only: set this one by a script")
		default:
			p.lost(a.at, "route: "+a.key+"="+a.text, "a route of lacpd has no "+a.key)
		}
	}
	if r.to == "" || r.to == "0.0.0.0/0" || r.to == "::/0" {
		r.to = "default"
	}
	switch {
	case !keep:
	case strings.HasPrefix(r.via, "_"): // _dhcp4, _ipv6ra
		p.lost(s.at, "Gateway="+r.via, needsDHCP)
	default:
		d.addRoute(r, s.at)
	}
}
