package main

import (
	"fmt"
	"time"
)

// kernelActions need kernel features that some kernels lack: netem, police and VLAN devices.
// They run if settings.full is set.
var kernelActions = []action{
	{"netem loses everything", 4, onWire(func(p *planner, i int) time.Duration {
		d, dir := p.lasting(200, 8000), p.IntN(2)
		p.broken(i, d, fmt.Sprintf("netem loss 100%% (%d)", dir), silent, func(b *bed, up bool) error { return b.cables[i].netem(dir, !up, "loss 100%") })
		return d
	})},
	{"netem delays", 4, onWire(func(p *planner, i int) time.Duration {
		d, dir := p.lasting(200, 5000), p.IntN(2)
		for _, s := range []struct {
			after time.Duration
			on    bool
		}{{0, true}, {d, false}} {
			p.do(s.after, func(b *bed) error {
				b.model.disturbs(i, soon)
				defer b.model.disturbs(i, soon)
				return b.cables[i].netem(dir, s.on, "delay 10ms")
			}, "member %d: netem delay 10ms (%d): %v", i, dir, s.on)
		}
		return d
	})},
	{"netem on a member", 3, onMember(soon, 3000, func(*planner, int) []string {
		return []string{"tc qdisc replace dev NAME root netem delay 20ms"}
	}, "tc qdisc del dev NAME root")},
	{"police on a member", 3, onMember(soon, 3000, func(*planner, int) []string {
		return []string{"tc filter add dev NAME ingress prio 50 protocol all u32 match u32 0 0 action police rate 8kbit burst 2k conform-exceed drop"}
	}, "tc filter del dev NAME ingress prio 50")},
	{"VLAN on a member", 3, onMember(soon, 3000, func(_ *planner, i int) []string {
		return []string{fmt.Sprintf("ip link add vl%d link NAME type vlan id 5", i), fmt.Sprintf("ip link set dev vl%d up", i)}
	}, "ip link del dev vlINDEX")},
	{"VLAN on the device", 3, onDevice(func(p *planner) time.Duration {
		d := p.lasting(50, 4000)
		p.disturbed(0, "ip link add vlb link bond0 type vlan id 7")
		p.disturbed(time.Millisecond, "ip link set dev vlb up")
		p.disturbed(d, "ip link del dev vlb")
		return d
	})},
}

// netem starts or ends the impairment of traffic towards an end of the cable.
func (c *cable) netem(dir int, on bool, what string) error {
	end := []string{c.c(), c.d()}[dir]
	if !on {
		return c.bed.mid.tc("qdisc del dev %s root", end)
	}
	return c.bed.mid.tc("qdisc replace dev %s root netem %s", end, what)
}
