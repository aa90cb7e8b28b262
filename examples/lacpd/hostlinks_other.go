//go:build !linux

package main

import "net"

// findLinks returns the interfaces with what package net reports: index and name.
func findLinks() (hostLinks, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	links := make(hostLinks, len(all))
	for i, l := range all {
		links[i] = hostLink{index: l.Index, name: l.Name}
	}
	return links, nil
}
