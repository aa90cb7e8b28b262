package convert

import "strings"

// place is a line of a source.
type place struct {
	file string
	line int
}

// value is a value of a source and its place.
type value struct {
	text    string
	at      place
	spelled string // of an option: as the source has it
}

// bond is a bond of the sources, in the words of the Linux bonding driver.
type bond struct {
	name    value
	ports   []value
	options map[string]value // of the bonding driver, such as "lacp_rate"

	mtu, mac, description value
	addresses             []value // with prefix length
	gateways              []value
	routes                []route
}

// route is a route over a bond.
type route struct {
	to, via, metric string
	at              place
}

// builder collects the bonds and notes.
type builder struct {
	kind    Kind
	sources []Source
	bonds   []*bond
	notes   []Note
}

// lost notes a part that the host needs and the result does not have.
func (b *builder) lost(at place, what, why string) {
	b.notes = append(b.notes, Note{at.file, at.line, what, LeftOut, why})
}

// differs notes a part that the result has only nearly.
func (b *builder) differs(at place, what, why string) {
	b.notes = append(b.notes, Note{at.file, at.line, what, Differs, why})
}

// unneeded notes a part that changes nothing.
func (b *builder) unneeded(at place, what, why string) {
	b.notes = append(b.notes, Note{at.file, at.line, what, Unneeded, why})
}

// bond returns the bond of a name, and adds it if it is new.
func (b *builder) bond(name value) *bond {
	if d := b.find(name.text); d != nil {
		return d
	}
	d := &bond{name: name, options: make(map[string]value)}
	b.bonds = append(b.bonds, d)
	return d
}

// find returns the bond of a name, or nil.
func (b *builder) find(name string) *bond {
	for _, d := range b.bonds {
		if d.name.text == name {
			return d
		}
	}
	return nil
}

// addPort adds a port unless the bond has it.
func (d *bond) addPort(v value) {
	for _, p := range d.ports {
		if p.text == v.text {
			return
		}
	}
	d.ports = append(d.ports, v)
}

// addRoute adds a route. A default route without a metric is a gateway.
func (d *bond) addRoute(r route, at place) {
	if r.at = at; r.to == "default" && r.metric == "" && r.via != "" {
		d.gateways = append(d.gateways, value{text: r.via, at: at})
		return
	}
	d.routes = append(d.routes, r)
}

// What the host's own tools keep doing.
const (
	staysWithHost       = "lacpd makes bonds only: leave it to the host, which finds the bond's device under the same name"
	needsDHCP           = "run a DHCP client on the bond's device, see DHCP.md"
	needsAdvertisements = "the kernel takes router advertisements on the bond's device by its defaults: check accept_ra"

	needsResolver = "lacpd sets no name servers: set them in the host's resolver"
	noCounterpart = "lacpd has no such setting"

	// What lacpd does not take over.
	portAddresses = "a port has no addresses"
	portMTU       = "a port has the MTU of its bond"
	portRest      = "lacpd sets nothing else on a port"
	noCommands    = "lacpd runs no commands"
)

// isPattern reports whether a name stands for several interfaces.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[!") }
