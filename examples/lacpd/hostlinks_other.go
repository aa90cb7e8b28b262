//go:build !linux

package main

import "net"

// findLinks goes by what package net knows: names, and addresses of 6 octets.
func findLinks() (hostLinks, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	links := make(hostLinks, len(all))
	for i, l := range all {
		ethernet := len(l.HardwareAddr) == 6
		links[i] = hostLink{index: l.Index, name: l.Name, ethernet: ethernet, addr: ethernet, loopback: l.Flags&net.FlagLoopback != 0}
	}
	return links, nil
}
