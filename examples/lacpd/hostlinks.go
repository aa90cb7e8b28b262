package main

import (
	"slices"
)

// hostLink is a network interface of the machine, as far as lacpd has to know it.
type hostLink struct {
	index    int
	name     string
	altnames []string
	ethernet bool
	loopback bool
	addr     bool   // it has a MAC address
	kind     string // "bridge", "vlan", ...; empty: an adapter, or unknown
	master   int    // index of the bridge or bond it is a port of; 0: none
	lower    int    // index of the interface it is made upon; 0: none
	minMTU   int    // 0: unknown
	maxMTU   int    // 0: no limit, or unknown
}

// hostLinks are the interfaces of the network namespace.
type hostLinks []hostLink

// find returns the interface of a name or alternative name; nil: there is none.
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

// nameOf returns the name of the interface with an index.
func (l hostLinks) nameOf(index int) string {
	for i := range l {
		if l[i].index == index {
			return l[i].name
		}
	}
	return ""
}

// on returns the first interface that is made upon another and takes its frames.
func (l hostLinks) on(index int) *hostLink {
	for i := range l {
		if l[i].lower == index {
			return &l[i]
		}
	}
	return nil
}
