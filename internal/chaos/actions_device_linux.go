package main

import (
	"fmt"
	"time"
)

// deviceActions act on bond0, the interface that our lacpd gives the host.
var deviceActions = []action{
	{"device down", 3, onDevice(func(p *planner) time.Duration {
		d := p.lasting(50, 4000)
		p.pathless(d, "ip link set bond0 down", soon,
			func(b *bed) error { return b.near.ip("link set dev bond0 down") },
			// The address stays; its route is made again.
			func(b *bed) error { return b.near.ip("link set dev bond0 up") })
		return d
	})},
	{"device deleted", 4, onDevice(func(p *planner) time.Duration {
		p.pathless(0, "ip link del bond0", back, func(b *bed) error { return b.near.ip("link del dev bond0") }, nothing)
		return 3 * time.Second
	})},
	{"device moved away", 2, onDevice(func(p *planner) time.Duration {
		p.pathless(0, "bond0 moved to another namespace", back,
			func(b *bed) error { return b.near.ip("link set dev bond0 netns %s", b.away.path()) }, nothing)
		return 3 * time.Second
	})},
	{"device's address deleted", 2, func(p *planner) bool {
		if !p.free(ourDevice, ourFile, ourProcess) {
			return false
		}
		d := p.lasting(50, 2000)
		p.lock(d+time.Second, ourDevice, ourFile, ourProcess)
		p.pathless(d, "ip addr del from bond0, and SIGHUP later", back,
			func(b *bed) error { return b.near.ip("addr del %s/24 dev bond0", ourIP) },
			func(b *bed) error { return b.reload(b.config) })
		return true
	}},
	{"device's MTU", 2, onDevice(func(p *planner) time.Duration {
		d := p.lasting(50, 2000)
		p.disturbed(0, fmt.Sprintf("ip link set dev bond0 mtu %d", 1300+p.IntN(200)))
		p.disturbed(d, "ip link set dev bond0 mtu 1500")
		return d
	})},
	{"device's MAC address", 2, onDevice(func(p *planner) time.Duration {
		p.disturbed(0, fmt.Sprintf("ip link set dev bond0 address 02:00:00:bb:00:%02x", p.IntN(256)))
		return time.Second
	})},
	{"macvlan on the device", 2, onDevice(func(p *planner) time.Duration {
		d := p.lasting(50, 3000)
		p.disturbed(0, "ip link add mvb link bond0 type macvlan mode bridge")
		p.disturbed(d, "ip link del dev mvb")
		return d
	})},
	{"device renamed", 1, onDevice(func(p *planner) time.Duration {
		d := p.lasting(50, 2000)
		p.lock(d, ourFile)
		p.disturbed(0, "ip link set dev bond0 name bondx")
		p.disturbed(d, "ip link set dev bondx name bond0")
		return d
	})},
	{"neighbours flushed", 1, onDevice(func(p *planner) time.Duration {
		p.disturbed(0, "ip neigh flush dev bond0")
		return 0
	})},
}

func nothing(*bed) error { return nil }

// onDevice plans an action on the device and takes the device for that time.
func onDevice(plan func(*planner) time.Duration) func(*planner) bool {
	return func(p *planner) bool {
		if !p.free(ourDevice, ourProcess, ourFile) {
			return false
		}
		p.lock(plan(p), ourDevice, ourProcess)
		return true
	}
}

// pathless plans that the device is not a path for a time.
func (p *planner) pathless(d time.Duration, what string, bound time.Duration, set, undo func(*bed) error) {
	p.do(0, func(b *bed) error {
		b.model.all(bound, func() { b.model.device++ })
		defer b.model.all(bound, func() {})
		return set(b)
	}, "%s", what)
	p.do(d, func(b *bed) error {
		err := undo(b)
		b.model.all(back, func() { b.model.device-- })
		return err
	}, "back after %s", what)
}

// disturbed plans a command that may disturb the bond for a moment.
func (p *planner) disturbed(after time.Duration, command string) {
	p.do(after, func(b *bed) error {
		b.model.all(soon, func() {})
		err := b.near.run("%s", command)
		b.model.all(soon, func() {})
		return err
	}, "%s", command)
}
