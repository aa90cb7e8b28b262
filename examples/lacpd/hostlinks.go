package main

import "slices"

// hostLink is a network interface of the machine, as far as lacpd has to know it.
type hostLink struct {
	index    int
	name     string
	altnames []string
	kind     string // "bridge", "vlan", ...; empty: an adapter, or unknown
	left     bool   // a TAP device that no process uses, as run -warm leaves its own
}

// hostLinks are the interfaces of the network namespace.
type hostLinks []hostLink

// find returns the interface of a name or alternative name; nil if there is none of it.
func (l hostLinks) find(name string) *hostLink {
	for i := range l {
		if l[i].name == name || slices.Contains(l[i].altnames, name) {
			return &l[i]
		}
	}
	return nil
}

// same reports whether two names are of one interface.
func (l hostLinks) same(a, b string) bool {
	if a == b {
		return true
	}
	x, y := l.find(a), l.find(b)
	return x != nil && x == y
}

// what returns the kind of the interface, in brackets.
func (l *hostLink) what() string {
	switch l.kind {
	case "":
		return ""
	case "tun":
		return " (a TUN or TAP device)"
	}
	return " (" + l.kind + ")"
}
