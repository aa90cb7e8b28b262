package main

import (
	"fmt"
	"time"
)

// memberActions change settings of a member's interface, and must not take it out of use:
// lacpd repairs the settings that matter. NAME stands for the interface.
var memberActions = []action{
	{"MAC address", 3, onMember(soon, 0, func(p *planner, _ int) []string {
		var list []string
		for range 1 + p.IntN(5) {
			list = append(list, fmt.Sprintf("ip link set dev NAME address 02:00:00:aa:00:%02x", p.IntN(256)))
		}
		return list
	}, "")},
	{"MTU", 2, onMember(soon, 0, func(p *planner, _ int) []string {
		return []string{fmt.Sprintf("ip link set dev NAME mtu %d", 1280+p.IntN(5000))}
	}, "")},
	{"IP address", 2, onMember(soon, 0, func(p *planner, i int) []string {
		return []string{fmt.Sprintf("ip addr add 192.0.2.%d/24 dev NAME", 1+i)}
	}, "")},
	{"bridge port", 3, onMember(soon, 3000, func(_ *planner, i int) []string {
		return []string{fmt.Sprintf("ip link add bridge%d type bridge", i), fmt.Sprintf("ip link set dev bridge%d up", i),
			fmt.Sprintf("ip link set dev NAME master bridge%d", i)}
	}, "ip link del dev bridgeINDEX")},
	{"macvlan on a member", 2, onMember(soon, 3000, func(_ *planner, i int) []string {
		return []string{fmt.Sprintf("ip link add mv%d link NAME type macvlan mode private", i), fmt.Sprintf("ip link set dev mv%d up", i)}
	}, "ip link del dev mvINDEX")},
	{"clsact deleted", 4, exposing("tc qdisc del dev NAME clsact")},
	{"ingress filters deleted", 4, exposing("tc filter del dev NAME ingress")},
	{"another's filter", 2, onMember(soon, 3000, func(*planner, int) []string {
		return []string{"tc filter add dev NAME ingress prio 50 protocol all u32 match u32 0 0 action mirred egress mirror dev lo"}
	}, "tc filter del dev NAME ingress prio 50")},
	{"token bucket", 2, onMember(soon, 3000, func(*planner, int) []string {
		return []string{"tc qdisc replace dev NAME root tbf rate 10mbit burst 10k latency 10ms"}
	}, "tc qdisc del dev NAME root")},
	{"offloads", 3, onMember(soon, 3000, func(p *planner, _ int) []string {
		return []string{"ethtool -K NAME " + []string{"gro off", "tso off gso off", "tx off", "rx off", "sg off"}[p.IntN(5)]}
	}, "ethtool -K NAME gro off tx on rx on sg on tso on gso on")},
	{"flags", 3, onMember(soon, 2000, func(p *planner, _ int) []string {
		return []string{"ip link set dev NAME " + []string{"promisc on", "allmulticast on", "arp off", "multicast off", "txqueuelen 50"}[p.IntN(5)]}
	}, "ip link set dev NAME promisc off allmulticast off arp on multicast on txqueuelen 1000")},
	{"slow-protocols frames dropped by tc on a member", 3, loseOwn},
}

// onMember plans commands for a random member's interface, and undo, if any, up to last
// milliseconds later. Each may fail, as an operator's may, because the interface may be gone.
func onMember(bound time.Duration, last int, commands func(p *planner, i int) []string, undo string) func(*planner) bool {
	return func(p *planner) bool {
		i := p.IntN(p.members)
		if !p.free(attr(i), ourProcess) {
			return false
		}
		var d time.Duration
		if undo != "" {
			d = p.lasting(20, last)
		}
		p.lock(d, attr(i), ourProcess)
		for n, command := range commands(p, i) {
			p.onInterface(time.Duration(n), i, bound, command)
		}
		if undo != "" {
			p.onInterface(d, i, bound, undo)
		}
		return true
	}
}

// onInterface plans one command.
func (p *planner) onInterface(after time.Duration, i int, bound time.Duration, command string) {
	command = forMember(command, i)
	p.do(after, func(b *bed) error {
		b.model.disturbs(i, bound)
		defer b.model.disturbs(i, bound)
		return b.near.run("%s", command)
	}, "%s", command)
}

// exposing plans a command that exposes the member's frames to the host's stack.
func exposing(command string) func(*planner) bool {
	return func(p *planner) bool {
		i := p.IntN(p.members)
		if !p.free(attr(i), ourProcess) {
			return false
		}
		p.lock(0, attr(i), ourProcess)
		command := forMember(command, i)
		p.do(0, func(b *bed) error {
			b.model.exposes()
			defer b.model.exposes()
			return b.near.run("%s", command)
		}, "%s", command)
		return true
	}
}

// loseOwn plans a filter at the egress hook of a member. It drops the frames that we send
// through the queueing discipline: our LACPDUs.
func loseOwn(p *planner) bool {
	i := p.IntN(p.members)
	if !p.free(attr(i), wire(i), ourProcess) {
		return false
	}
	d := p.lasting(200, 8000)
	p.lock(d, attr(i), wire(i), ourProcess)
	name := fmt.Sprintf("p%d", i)
	p.broken(i, d, "tc filter add egress: slow-protocols frames dropped", silent, func(b *bed, up bool) error {
		if up {
			return b.near.tc("filter del dev %s egress prio 10", name)
		}
		return b.near.drop(name, "egress")
	})
	return true
}
