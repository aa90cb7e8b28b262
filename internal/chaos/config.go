//go:build linux

package main

import (
	"fmt"
	"strings"
)

const (
	ourIP   = "10.9.0.1"
	theirIP = "10.9.0.2"
)

// config is a valid file of lacpd, with one bond.
type config struct {
	ports   []string
	ip      string
	hash    string
	more    []string // further lines
	mtu     int
	minimum int
}

func newConfig(prefix string, members int, ip string) config {
	c := config{ip: ip, hash: "LAYER3+4", mtu: 1500}
	for i := range members {
		c.ports = append(c.ports, fmt.Sprintf("%s%d", prefix, i))
	}
	return c
}

func (c *config) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "bonds:\n  - name: bond0\n    ports: [%s]\n    lacpdu_rate: FAST\n    xmit_hash_policy: %s\n    addresses: [%s/24]\n    mtu: %d\n    min_links: %d\n",
		strings.Join(c.ports, ", "), c.hash, c.ip, c.mtu, c.minimum)
	for _, line := range c.more {
		fmt.Fprintf(&s, "    %s\n", line)
	}
	return s.String()
}

// invalidFiles are files that lacpd has to reject as a whole, without any change.
var invalidFiles = []struct{ name, text string }{
	{"empty", ""},
	{"no YAML", "bonds: [}\n\x00\xff"},
	{"cut off", "bonds:\n  - name: bond0\n    ports: [p0, p"},
	{"unknown key", "bonds:\n  - {name: bond0, ports: [p0, p1], colour: red}\n"},
	{"value out of range", "bonds:\n  - {name: bond0, ports: [p0, p1], mtu: 99999}\n"},
	{"a port twice", "bonds:\n  - {name: bond0, ports: [p0, p0]}\n"},
	{"a port in two bonds", "bonds:\n  - {name: bond0, ports: [p0]}\n  - {name: bond1, ports: [p0]}\n"},
	{"no ports", "bonds:\n  - {name: bond0}\n"},
	{"deep", strings.Repeat("[", 20000)},
}
