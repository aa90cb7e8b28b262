package main

import "slices"

// hostLink describes a network interface of the machine.
type hostLink struct {
	index    int
	name     string
	altnames []string
	kind     string // "bridge", "vlan", ...; empty for an adapter or an unknown kind
	left     bool   // a device that an earlier run may have left, such as a TAP that no process uses
}

// hostLinks are the interfaces of the network namespace.
type hostLinks []hostLink

// find returns the interface with a name or alternative name, or nil.
func (l hostLinks) find(name string) *hostLink {
	for i := range l {
		if l[i].name == name || slices.Contains(l[i].altnames, name) {
			return &l[i]
		}
	}
	return nil
}

// same reports whether two names belong to the same interface.
func (l hostLinks) same(a, b string) bool {
	if a == b {
		return true
	}
	x, y := l.find(a), l.find(b)
	return x != nil && x == y
}

// what returns the kind of the interface in parentheses, or "".
func (l *hostLink) what() string {
	switch l.kind {
	case "":
		return ""
	case "tun":
		return " (a TUN or TAP device)"
	}
	return " (" + l.kind + ")"
}
