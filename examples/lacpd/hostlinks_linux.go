package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"
)

// Numbers of rtnetlink that package syscall lacks.
const (
	iflaLinkInfo  = 18
	iflaInfoKind  = 1
	iflaLinkNetNS = 37
	iflaMinMTU    = 50
	iflaMaxMTU    = 51
	iflaPropList  = 52
	iflaAltName   = 53
	typeMask      = 0x3fff // of an attribute: without the bits for nesting and byte order
)

// uppers are the kinds of interfaces that take the frames of the one they are made upon.
var uppers = []string{"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"}

// findLinks asks rtnetlink: unlike /sys it always speaks of the network namespace the
// process is in.
func findLinks() (hostLinks, error) {
	b, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	var links hostLinks
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
			continue
		}
		attrs, err := syscall.ParseNetlinkRouteAttr(m)
		if err != nil {
			return nil, fmt.Errorf("list interfaces: %w", err)
		}
		links = append(links, readLink(m.Data, attrs))
	}
	return links, nil
}

func readLink(info []byte, attrs []syscall.NetlinkRouteAttr) hostLink {
	l := hostLink{
		index:    int(int32(binary.NativeEndian.Uint32(info[4:]))),
		ethernet: binary.NativeEndian.Uint16(info[2:]) == syscall.ARPHRD_ETHER,
		loopback: binary.NativeEndian.Uint32(info[8:])&syscall.IFF_LOOPBACK != 0,
	}
	elsewhere := false
	for _, a := range attrs {
		switch a.Attr.Type & typeMask {
		case syscall.IFLA_IFNAME:
			l.name = cString(a.Value)
		case syscall.IFLA_ADDRESS:
			l.addr = len(a.Value) == 6 && a.Value[0]&1 == 0 && !bytes.Equal(a.Value, make([]byte, 6))
		case syscall.IFLA_MASTER:
			l.master = number32(a.Value)
		case syscall.IFLA_LINK:
			l.lower = number32(a.Value)
		case iflaLinkNetNS:
			elsewhere = true
		case iflaMinMTU:
			l.minMTU = number32(a.Value)
		case iflaMaxMTU:
			l.maxMTU = number32(a.Value)
		case iflaLinkInfo:
			eachAttr(a.Value, func(typ uint16, value []byte) {
				if typ == iflaInfoKind {
					l.kind = cString(value)
				}
			})
		case iflaPropList:
			eachAttr(a.Value, func(typ uint16, value []byte) {
				if typ == iflaAltName {
					l.altnames = append(l.altnames, cString(value))
				}
			})
		}
	}
	if elsewhere || !slices.Contains(uppers, l.kind) { // a veth names its other end there
		l.lower = 0
	}
	return l
}

// eachAttr calls f for each attribute of a nest.
func eachAttr(b []byte, f func(typ uint16, value []byte)) {
	for len(b) >= syscall.SizeofRtAttr {
		size := int(binary.NativeEndian.Uint16(b))
		if size < syscall.SizeofRtAttr || size > len(b) {
			return
		}
		f(binary.NativeEndian.Uint16(b[2:])&typeMask, b[syscall.SizeofRtAttr:size])
		b = b[min(len(b), (size+3)&^3):]
	}
}

func cString(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }

func number32(b []byte) int {
	if len(b) != 4 {
		return 0
	}
	return int(int32(binary.NativeEndian.Uint32(b)))
}
