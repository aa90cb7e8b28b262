package convert

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// setsLink matches a command that sets an interface up or down, which lacpd does for its ports.
var setsLink = regexp.MustCompile(`^(\S*/)?(ip link set (dev )?\S+|ifconfig \S+) (up|down)$`)

// stanza is an "iface" of ifupdown with its options, in their order.
type stanza struct {
	name, family, method string
	at                   place
	options              []assignment
}

// ifupdown reads /etc/network/interfaces.
type ifupdown struct{ *builder }

// readIfupdown reads the files in their order, as with "source".
func readIfupdown(b *builder, sources []Source) error {
	p := ifupdown{b}
	var stanzas []*stanza
	for _, s := range sources {
		stanzas = append(stanzas, p.stanzas(s)...)
	}
	for _, s := range stanzas {
		if s.isBond() {
			b.bond(value{text: s.name, at: s.at})
		}
	}
	for _, s := range stanzas {
		if master := s.get("bond_master"); master.text != "" && master.text != "none" {
			b.bond(master).addPort(value{text: s.name, at: master.at})
		}
	}
	for _, s := range stanzas {
		name, label, _ := strings.Cut(s.name, ":")
		if d := b.find(name); d != nil {
			if label != "" {
				b.unneeded(s.at, "iface "+s.name, "its addresses go to "+name+", without a label")
			}
			p.bondStanza(d, s)
			continue
		}
		p.otherStanza(s)
	}
	return nil
}

// stanzas splits a file.
func (p *ifupdown) stanzas(s Source) (list []*stanza) {
	var now *stanza
	line, from, joined := 0, 0, ""
	for raw := range strings.Lines(string(s.Text)) {
		line++
		l := strings.TrimSpace(raw)
		if joined == "" {
			from = line
			if strings.HasPrefix(l, "#") {
				continue
			}
		}
		if rest, ok := strings.CutSuffix(l, `\`); ok {
			joined += rest + " "
			continue
		}
		l, joined = strings.TrimSpace(joined+l), ""
		words := strings.Fields(l)
		if len(words) == 0 {
			continue
		}
		at := place{s.Name, from}
		switch word := words[0]; {
		case word == "iface" && len(words) >= 2:
			now = &stanza{name: words[1], at: at, family: "inet", method: "manual"}
			if len(words) >= 4 {
				now.family, now.method = words[2], words[3]
			}
			list = append(list, now)
		case word == "auto", strings.HasPrefix(word, "allow-"), word == "no-auto-down", word == "no-scripts", word == "rename":
			now = nil
		case word == "source", word == "source-directory", word == "source-dir":
			now = nil
			p.source(at, words)
		case now == nil:
			p.lost(at, l, "it belongs to no interface")
		default:
			now.options = append(now.options, assignment{optionName(word), value{text: strings.TrimSpace(strings.TrimPrefix(l, word)), at: at}})
		}
	}
	return list
}

// optionName returns the name of an option with "_" in place of "-". ifupdown takes both.
func optionName(word string) string { return strings.ReplaceAll(word, "-", "_") }

// source notes files that are read too, unless they were given.
func (p *ifupdown) source(at place, words []string) {
	for _, pattern := range words[1:] {
		given := slices.ContainsFunc(p.sources, func(s Source) bool {
			whole, _ := path.Match(pattern, s.Name)
			base, _ := path.Match(path.Base(pattern), path.Base(s.Name))
			return s.Name != at.file && (whole || base || path.Base(path.Dir(s.Name)) == path.Base(pattern))
		})
		if !given {
			p.lost(at, words[0]+" "+pattern, "lacpd convert follows no such lines: give the files too, if they are about bonds")
		}
	}
}

func (s *stanza) get(option string) (v value) {
	for _, o := range s.options {
		if o.key == option {
			v = o.value
		}
	}
	return v
}

// isBond reports whether the stanza makes a bond.
func (s *stanza) isBond() bool {
	return slices.ContainsFunc(s.options, func(o assignment) bool {
		return o.key == "bond_slaves" || o.key == "bond_mode" || o.key == "slaves" || o.key == "bond_ports"
	})
}

func (p *ifupdown) bondStanza(d *bond, s *stanza) {
	switch s.method {
	case "dhcp":
		p.lost(s.at, "iface "+s.name+" "+s.family+" "+s.method, needsDHCP)
	case "auto":
		p.lost(s.at, "iface "+s.name+" "+s.family+" "+s.method, needsAdvertisements)
	case "manual", "static":
	default:
		p.lost(s.at, "iface "+s.name+" "+s.family+" "+s.method, noCounterpart)
	}
	bits := s.get("netmask").text
	for _, o := range s.options {
		p.bondOption(d, s, o, bits)
	}
}

func (p *ifupdown) bondOption(d *bond, s *stanza, o assignment, bits string) {
	what := strings.TrimSpace(strings.ReplaceAll(o.key, "_", "-") + " " + o.text)
	name, isBond := strings.CutPrefix(o.key, "bond_")
	switch {
	case o.key == "bond_slaves", o.key == "slaves", o.key == "bond_ports":
		p.slaves(d, o)
	case name == "primary":
		first, _, _ := strings.Cut(o.text, " ")
		d.options["primary"] = value{first, o.at, what}
	case isBond:
		if name == "num_unsol_na" {
			name = "num_grat_arp"
		}
		d.options[name] = value{o.text, o.at, what}
	case o.key == "address":
		d.addresses = append(d.addresses, value{text: withBits(o.text, bits), at: o.at})
	case o.key == "gateway":
		d.gateways = append(d.gateways, o.value)
	case o.key == "mtu":
		d.mtu = o.value
	case o.key == "hwaddress":
		d.mac = value{text: strings.TrimSpace(strings.TrimPrefix(o.text, "ether ")), at: o.at}
	case o.key == "description", o.key == "alias":
		d.description = o.value
	case o.key == "netmask", o.key == "broadcast", o.key == "network":
	case o.key == "up", o.key == "post_up":
		if r, ok := parseIPRoute(o.text, s.name); ok {
			d.addRoute(r, o.at)
			return
		}
		p.lost(o.at, what, noCommands)
	case o.key == "down" || o.key == "pre_down" || o.key == "post_down" || o.key == "pre_up":
		if words := strings.Fields(o.text); len(words) > 2 && words[0] == "ip" && slices.Contains(words, "route") {
			p.unneeded(o.at, what, "the routes go with the bond's device")
			return
		}
		p.lost(o.at, what, noCommands)
	case strings.HasPrefix(o.key, "dns_"):
		p.lost(o.at, what, needsResolver)
	case o.key == "accept_ra", o.key == "autoconf", o.key == "privext", o.key == "dad_attempts", o.key == "dad_interval", o.key == "metric":
		p.lost(o.at, what, "set it on the bond's device, which lacpd leaves to the host")
	default:
		p.lost(o.at, what, noCounterpart)
	}
}

func (p *ifupdown) slaves(d *bond, o assignment) {
	for word := range strings.FieldsSeq(o.text) {
		switch {
		case word == "none":
		case word == "all", isPattern(word), word == "glob", word == "regex", strings.HasPrefix(word, "/"):
			p.lost(o.at, strings.ReplaceAll(o.key, "_", "-")+" "+word, "lacpd knows no patterns: write the names of the interfaces into ports")
		default:
			d.addPort(value{text: word, at: o.at})
		}
	}
}

// withBits returns an address with its prefix length, which an option netmask may have.
func withBits(address, netmask string) string {
	if strings.Contains(address, "/") || netmask == "" {
		if a, err := netip.ParseAddr(address); err == nil { // ifupdown takes an address alone for a host
			return netip.PrefixFrom(a, a.BitLen()).String()
		}
		return address
	}
	if n, err := strconv.Atoi(netmask); err == nil {
		return address + "/" + strconv.Itoa(n)
	}
	mask, err := netip.ParseAddr(netmask)
	if err != nil || !mask.Is4() {
		return address + "/" + netmask
	}
	ones := 0
	for _, octet := range mask.As4() {
		for ; octet&0x80 != 0; octet <<= 1 {
			ones++
		}
	}
	return address + "/" + strconv.Itoa(ones)
}

// parseIPRoute reads a command that adds a route: ip(8)'s or route(8)'s.
func parseIPRoute(command, device string) (r route, ok bool) {
	words := strings.Fields(command)
	if len(words) > 2 && words[0] == "ip" && (words[1] == "-4" || words[1] == "-6") {
		words = slices.Delete(words, 1, 2)
	}
	for i, word := range words {
		if word == "$IFACE" {
			words[i] = device
		}
	}
	switch {
	case len(words) >= 4 && words[0] == "ip" && (words[1] == "route" || words[1] == "ro") && (words[2] == "add" || words[2] == "replace"):
		r.to = words[3]
		words = words[4:]
	case len(words) >= 4 && words[0] == "route" && words[1] == "add" && (words[2] == "-net" || words[2] == "-host" || words[2] == "default"):
		if r.to = words[2]; r.to != "default" {
			r.to = words[3]
			words = words[4:]
		} else {
			words = words[3:]
		}
	default:
		return r, false
	}
	if len(words)%2 != 0 {
		return r, false
	}
	for pair := range slices.Chunk(words, 2) {
		switch pair[0] {
		case "via", "gw":
			r.via = pair[1]
		case "metric":
			r.metric = pair[1]
		case "netmask":
			r.to = withBits(r.to, pair[1])
		case "dev":
			ok = pair[1] == device
			if !ok {
				return r, false
			}
		default:
			return r, false
		}
	}
	if r.to != "default" && !strings.Contains(r.to, "/") {
		r.to = withBits(r.to, "")
	}
	return r, true
}

// otherStanza notes what ports and interfaces on top of bonds have.
func (p *ifupdown) otherStanza(s *stanza) {
	under, _, _ := strings.Cut(s.name, ".")
	for _, o := range s.options {
		if o.key == "vlan_raw_device" {
			under = o.text
		}
	}
	on := p.find(under) != nil && s.name != under
	for _, o := range s.options {
		if strings.HasPrefix(o.key, "bridge_ports") {
			on = on || slices.ContainsFunc(strings.Fields(o.text), func(name string) bool { return p.find(name) != nil })
		}
	}
	if on {
		p.lost(s.at, "iface "+s.name, staysWithHost)
		return
	}
	isPort := slices.ContainsFunc(p.bonds, func(d *bond) bool {
		return slices.ContainsFunc(d.ports, func(v value) bool { return v.text == s.name })
	})
	if !isPort {
		return
	}
	if s.method != "manual" {
		p.unneeded(s.at, "iface "+s.name+" "+s.family+" "+s.method, portAddresses)
	}
	for _, o := range s.options {
		switch o.key {
		case "bond_master", "address", "netmask", "gateway", "broadcast", "network":
		case "mtu":
			p.unneeded(o.at, s.name+": mtu "+o.text, portMTU)
		case "pre_up", "up", "down":
			if !setsLink.MatchString(o.text) {
				p.lost(o.at, s.name+": "+strings.ReplaceAll(o.key, "_", "-")+" "+o.text, noCommands)
			}
		case "bond_primary":
			for _, d := range p.bonds {
				if d.name.text == s.get("bond_master").text {
					first, _, _ := strings.Cut(o.text, " ")
					d.options["primary"] = value{first, o.at, "bond-primary " + o.text}
				}
			}
		default:
			p.lost(o.at, s.name+": "+strings.ReplaceAll(o.key, "_", "-")+" "+o.text, portRest)
		}
	}
}
