package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// readTrueNAS reads what "midclt call interface.query" prints: a list of interfaces, or one.
func readTrueNAS(b *builder, sources []Source) error {
	var all []*node
	for _, s := range sources {
		n, err := readJSON(s)
		if err != nil {
			return err
		}
		if n.items == nil {
			n = &node{items: []*node{n}}
		}
		for _, item := range n.items {
			if item.fields == nil {
				return wrongType(item.at, "an object for each interface")
			}
			all = append(all, item)
		}
	}
	p := trueNAS{b}
	for _, n := range all {
		if n.take("type").value().text == "LINK_AGGREGATION" {
			p.lag(n)
		}
	}
	for _, n := range all {
		p.other(n)
	}
	return nil
}

type trueNAS struct{ *builder }

func (p *trueNAS) lag(n *node) {
	name := n.take("name").value()
	if name.text == "" {
		name = n.take("id").value()
	}
	d := p.bond(name)
	for _, port := range n.take("lag_ports").values() {
		d.addPort(port)
	}
	for key, option := range map[string]string{"lag_protocol": "mode", "xmit_hash_policy": "xmit_hash_policy", "lacpdu_rate": "lacp_rate"} {
		if v := n.take(key).value(); v.text != "" {
			v.spelled = key + " " + v.text
			d.options[option] = v
		}
	}
	mode := d.options["mode"]
	for option, text := range map[string]string{"xmit_hash_policy": "LACP LOADBALANCE", "lacp_rate": "LACP"} {
		if !slices.Contains(strings.Fields(text), mode.text) { // TrueNAS shows a default there
			delete(d.options, option)
		}
	}
	if mode.text == "FAILOVER" && len(d.ports) > 0 {
		d.options["primary"] = value{d.ports[0].text, mode.at, "lag_ports"} // TrueNAS prefers the first
	}
	d.mtu, d.description = n.take("mtu").value(), n.take("description").value()
	for _, a := range n.take("aliases").list() {
		p.alias(d, a)
	}
	for _, f := range n.rest() {
		p.key(f)
	}
}

// list returns the items of a list; n may be nil.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

func (p *trueNAS) alias(d *bond, n *node) {
	kind, address, bits := n.take("type").value(), n.take("address").value(), n.take("netmask").value()
	switch kind.text {
	case "INET", "INET6", "":
		d.addresses = append(d.addresses, value{text: withBits(address.text, bits.text), at: address.at})
	case "LINK":
	default:
		p.lost(n.at, "alias "+kind.text, noCounterpart)
	}
}

// key notes a key of a link aggregation that lag does not read.
func (p *trueNAS) key(f *field) {
	empty := f.value.single && (f.value.text == "" || f.value.is(false)) || f.value.items != nil && len(f.value.items) == 0
	what := f.key + " " + f.value.String()
	switch {
	case empty, slices.Contains([]string{"id", "fake", "state", "name", "type"}, f.key):
	case f.key == "ipv4_dhcp":
		p.lost(f.at, what, needsDHCP)
	case f.key == "ipv6_auto":
		p.lost(f.at, what, needsAdvertisements)
	case f.key == "failover_critical", strings.HasPrefix(f.key, "failover_"):
		p.lost(f.at, what, "lacpd knows nothing of a second controller")
	default:
		p.lost(f.at, what, noCounterpart)
	}
}

// other notes interfaces on top of a bond, and addresses of ports.
func (p *trueNAS) other(n *node) {
	name := n.take("name").value()
	if name.text == "" {
		name = n.take("id").value()
	}
	lower := append(n.take("bridge_members").values(), n.take("vlan_parent_interface").value())
	for _, d := range p.bonds {
		on := slices.ContainsFunc(lower, func(v value) bool { return v.text == d.name.text })
		isPort := slices.ContainsFunc(d.ports, func(v value) bool { return v.text == name.text })
		switch {
		case on:
			p.lost(n.at, n.take("type").value().text+" "+name.text, staysWithHost)
		case isPort:
			if len(n.take("aliases").list()) > 0 {
				p.unneeded(n.at, name.text+": aliases", portAddresses)
			}
			if mtu := n.take("mtu").value(); mtu.text != "" && mtu.text != d.mtu.text {
				p.unneeded(n.at, name.text+": mtu "+mtu.text, portMTU)
			}
		}
	}
}

// readJSON returns the value in a file.
func readJSON(s Source) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(s.Text))
	dec.UseNumber()
	r := jsonReader{dec: dec, source: s}
	n, err := r.value(0)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: not JSON: %w", s.Name, r.at().line, err)
	}
	return n, nil
}

// jsonReader turns JSON into nodes with their lines.
type jsonReader struct {
	dec    *json.Decoder
	source Source
	seen   int64 // octets whose lines are counted
	line   int   // line ends in them
}

func (r *jsonReader) at() place {
	offset := min(r.dec.InputOffset(), int64(len(r.source.Text)))
	r.line += bytes.Count(r.source.Text[r.seen:offset], []byte("\n"))
	r.seen = offset
	return place{r.source.Name, r.line + 1}
}

// maxNesting is the depth of the deepest value that is read.
const maxNesting = 20

func (r *jsonReader) value(depth int) (*node, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("more than %d objects in each other", maxNesting)
	}
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{at: r.at()}
	switch token {
	case json.Delim('{'):
		n.fields = []field{}
		for r.dec.More() {
			key, err := r.dec.Token()
			if err != nil {
				return nil, err
			}
			f := field{key: fmt.Sprint(key), at: r.at()}
			if f.value, err = r.value(depth + 1); err != nil {
				return nil, err
			}
			n.fields = append(n.fields, f)
		}
		_, err = r.dec.Token()
	case json.Delim('['):
		n.items = []*node{}
		for r.dec.More() {
			item, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = r.dec.Token()
	case nil: // null
		n.single = true
	default:
		n.single, n.text = true, fmt.Sprint(token)
	}
	return n, err
}
