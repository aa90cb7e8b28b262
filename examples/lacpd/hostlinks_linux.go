package main

import (
	"errors"
	"fmt"
	"os"

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
		left := l.Kind == "tun" && l.Tun.TAP && l.Tun.Persistent && l.Tun.Queues == 0 && l.Tun.Owner == uint32(os.Geteuid())
		links = append(links, hostLink{index: int(l.Index), name: l.Name, altnames: l.AltNames, kind: l.Kind, left: left})
	}
	return links, nil
}
