package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// findLinks returns the interfaces of the network namespace.
func findLinks() (links hostLinks, err error) {
	conn, err := rtnl.Open()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	all, err := conn.Details()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	for _, l := range all {
		left := l.Kind == tapKind && l.Tun.TAP && l.Tun.Persistent && l.Tun.Queues == 0 && l.Tun.Owner == uint32(os.Geteuid()) || isKernelDevice(&l, all)
		links = append(links, hostLink{index: int(l.Index), name: l.Name, altnames: l.AltNames, kind: l.Kind, left: left})
	}
	return links, nil
}

// isKernelDevice reports whether an interface is the device of a bond whose frames the kernel
// carries.
func isKernelDevice(l *rtnl.Detail, all []rtnl.Detail) bool {
	return l.Kind == teamKind && l.Group == netif.DeviceGroup || l.Kind == kernelKind && !l.LowerAway && slices.ContainsFunc(all, func(peer rtnl.Detail) bool {
		return peer.Index == l.Lower && ebpf.IsPeer(peer.Name, peer.Alias, l.Name)
	})
}
