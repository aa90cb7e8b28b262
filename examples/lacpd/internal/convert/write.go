package convert

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// write returns lacpd's file.
func (b *builder) write() []byte {
	var out bytes.Buffer
	var names []string
	for _, s := range b.sources {
		names = append(names, path.Base(s.Name))
	}
	fmt.Fprintf(&out, "# Converted by lacpd convert -from %s, %s.\nbonds:\n", b.kind, comment(strings.Join(names, ", ")))
	for i, d := range b.bonds {
		if i > 0 {
			out.WriteByte('\n')
		}
		before := len(b.notes)
		list := slices.Concat(head(d), slices.Insert(b.settings(d), 1, setting{key: "ports", text: yamlList(d.ports)}), b.hostSide(d))
		for j, s := range list {
			indent := "    "
			if j == 0 {
				indent = "  - "
			}
			fmt.Fprintf(&out, "%s%s: %s", indent, s.key, s.text)
			if s.remark != "" {
				out.WriteString(" # " + comment(s.remark))
			}
			out.WriteByte('\n')
		}
		for _, n := range b.notes[before:] {
			if n.Effect != Unneeded {
				fmt.Fprintf(&out, "    # %v: %s\n", n.Effect, comment(n.What+": "+n.Why))
			}
		}
	}
	return out.Bytes()
}

// comment returns text as one line of a comment.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// head returns the name and the description.
func head(d *bond) []setting {
	list := []setting{{"name", yamlText(d.name.text), fmt.Sprintf("%s:%d", path.Base(d.name.at.file), d.name.at.line)}}
	if d.description.text != "" {
		list = append(list, setting{key: "description", text: yamlText(d.description.text)})
	}
	return list
}

// hostSide returns the settings of the device.
func (b *builder) hostSide(d *bond) (list []setting) {
	if d.mtu.text != "" {
		list = append(list, setting{key: "mtu", text: yamlText(d.mtu.text)})
	}
	if d.mac.text != "" {
		list = append(list, setting{key: "mac", text: yamlText(d.mac.text)})
	}
	if d.addresses != nil {
		list = append(list, setting{key: "addresses", text: yamlList(d.addresses)})
	}
	if d.gateways != nil {
		text := yamlList(d.gateways)
		if len(d.gateways) == 1 {
			text = yamlText(d.gateways[0].text)
		}
		list = append(list, setting{key: "gateway", text: text})
	}
	if d.routes != nil {
		var routes []value
		for _, r := range d.routes {
			text := r.to
			if r.via != "" {
				text += " via " + r.via
			}
			if r.metric != "" {
				text += " metric " + r.metric
			}
			routes = append(routes, value{text: text})
		}
		list = append(list, setting{key: "routes", text: yamlList(routes)})
	}
	return list
}

// plainText is the text that YAML takes as it is, in every version and place.
var plainText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+@-]*$`)

// yamlText returns a text as a YAML scalar.
func yamlText(s string) string {
	reserved := []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
	if plainText.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

func yamlList(values []value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = yamlText(v.text)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
