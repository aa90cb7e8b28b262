package main

import (
	"fmt"
	"strconv"

	"github.com/lagkit/lagkit/bond"
)

// ours is what a running lacpd already has.
type ours struct {
	bonds map[string]bool // names of bonds, and so of their devices
}

// hostProblems returns what the machine has against bonds: what run would refuse,
// and as warnings what it would wait for.
func hostProblems(bonds []bondConfig, links hostLinks, have ours) []problem {
	var r configReader
	members := make(map[int]int) // index of an interface to line
	for i := range bonds {
		b := &bonds[i]
		r.checkDeviceName(b, links, have)
		for j, name := range b.Ports {
			at := b.at.ports[j]
			l := links.find(name)
			if l == nil {
				r.warn(at, "ports", name, "not there yet: run starts without it and adds it when it appears")
				continue
			}
			r.checkPort(at, name, l, links)
			r.checkPortMTU(b, at, name, l)
			if before, ok := members[l.index]; ok && l.name != name {
				r.refuse(at, "ports", name, "each interface once, it is "+l.name+", a port on line "+strconv.Itoa(before))
			}
			members[l.index] = at
		}
	}
	sortProblems(r.problems)
	return r.problems
}

// checkDeviceName refuses the name of an interface that is there.
func (r *configReader) checkDeviceName(b *bondConfig, links hostLinks, have ours) {
	if l := links.find(b.Name); l != nil && !have.bonds[b.Name] {
		r.note(b.at.keys["name"], "name", b.Name, "an interface of this name exists"+l.what()+": choose another name, or delete it")
	}
}

// checkPort refuses an interface that can't be a port, or that something else uses.
func (r *configReader) checkPort(at int, name string, l *hostLink, links hostLinks) {
	switch {
	case l.loopback:
		r.refuse(at, "ports", name, "an Ethernet interface, not the loopback")
	case !l.ethernet:
		r.refuse(at, "ports", name, "an Ethernet interface; this one is of another type")
	case !l.addr:
		r.refuse(at, "ports", name, "an interface with a MAC address; this one has none")
	case l.master != 0:
		master := links.nameOf(l.master)
		r.note(at, "ports", name, "it is a port of "+master+": take it out first (ip link set "+l.name+" nomaster)")
	default:
		if on := links.on(l.index); on != nil {
			r.note(at, "ports", name, "the "+on.kind+" interface "+on.name+" is made upon it and would get no frames: make that upon the bond")
		}
	}
}

// checkPortMTU refuses an MTU that an interface can't have.
func (r *configReader) checkPortMTU(b *bondConfig, at int, name string, l *hostLink) {
	if b.MTU < l.minMTU || l.maxMTU != 0 && b.MTU > l.maxMTU {
		if given, ok := b.at.keys["mtu"]; ok {
			at = given
		}
		most := bond.MaxMTU
		if l.maxMTU != 0 {
			most = min(most, l.maxMTU)
		}
		r.refuse(at, "mtu", strconv.Itoa(b.MTU), fmt.Sprintf("%d to %d (port %s)", max(bond.MinMTU, l.minMTU), most, name))
	}
}

// what says what kind of interface it is, in brackets.
func (l *hostLink) what() string {
	switch l.kind {
	case "":
		return ""
	case "tun":
		return " (a TUN or TAP device)"
	}
	return " (" + l.kind + ")"
}
