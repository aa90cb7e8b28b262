package main

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/internal/rtnl"
)

// findLinks returns the interfaces of the network namespace.
func findLinks() (links hostLinks, err error) {
	conn, err := rtnl.Open()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	all, err := conn.Links()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	for _, l := range all {
		links = append(links, hostLink{index: int(l.Index), name: l.Name, altnames: l.AltNames, kind: l.Kind})
	}
	return links, nil
}
