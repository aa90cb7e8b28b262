package netif

import (
	"errors"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// Each script gives near0 a setting that is restored in its own way.
var variants = []struct{ what, script, while string }{
	{"down with addresses", `ip addr add 192.0.2.1/24 dev near0; ip addr add 192.0.2.2/24 dev near0
ip link set dev near0 down; ip addr add 198.51.100.1/24 dev near0; ip -6 addr add 2001:db8::1/64 dev near0 nodad
ip neigh add 192.0.2.9 lladdr 02:00:00:00:09:09 nud permanent dev near0`, ""},
	{"no IPv6", `echo 1 > /proc/sys/net/ipv6/conf/near0/disable_ipv6; ip addr add 192.0.2.1/24 dev near0`, ""},
	{"MTU too small for IPv6", `ip link set dev near0 mtu 1200; ip addr add 192.0.2.1/24 dev near0; ip route add 10.0.0.0/8 via 192.0.2.9`, ""},
	{"MTU made too small for IPv6 meanwhile", `echo 7 > /proc/sys/net/ipv6/conf/near0/hop_limit; echo 5 > /proc/sys/net/ipv6/neigh/near0/ucast_solicit
ip -6 addr add 2001:db8::1/64 dev near0; ip -6 route add default via 2001:db8::9`, `ip link set dev near0 mtu 1200`},
	{"no generated address", `ip link set dev near0 addrgenmode none; ip -6 addr flush dev near0; ip -6 addr add 2001:db8::1/64 dev near0`, ""},
	{"generated address removed", `ip -6 addr flush dev near0 scope link; ip -6 addr add 2001:db8::1/64 dev near0`, ""},
	{"address from a secret", `echo 2001:db8::5:6 > /proc/sys/net/ipv6/conf/near0/stable_secret; ip link set dev near0 down; ip link set dev near0 up`, ""},
	{"secondaries promoted", `echo 1 > /proc/sys/net/ipv4/conf/near0/promote_secondaries
for i in 1 2 3 4; do ip addr add 192.0.2.$i/24 dev near0; ip addr add 198.51.100.$i/24 dev near0; done
ip addr del 192.0.2.1/24 dev near0`, ""},
	{"no address, routes", `ip route add 10.0.0.0/8 dev near0; ip route add default via 192.0.2.1 dev near0 onlink; ip -6 route add 2001:db8::/32 dev near0`, ""},
	{"token", `echo 1 > /proc/sys/net/ipv6/conf/near0/accept_ra; ip token set ::5:5 dev near0`, ""},
	{"group joined with an address", `ip addr add 192.0.2.1/24 dev near0; ip addr add 224.1.2.3/32 dev near0 autojoin; ip -6 addr add ff05::7/128 dev near0 autojoin`, ""},
	{"without ARP", `ip link set dev near0 arp off; ip addr add 192.0.2.1/24 dev near0; ip neigh add 192.0.2.7 lladdr 02:00:00:00:09:09 dev near0 nud noarp`, ""},
	{"forwarding", `echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 1 > /proc/sys/net/ipv4/ip_forward; ip -6 addr add 2001:db8::1/64 dev near0`, ""},
	{"filter of our kind and priority", `tc qdisc add dev near0 clsact; tc filter add dev near0 ingress prio 1 protocol all bpf bytecode '1,6 0 0 4294967295' direct-action
tc filter add dev near0 egress prio 1 protocol all bpf bytecode '1,6 0 0 4294967295' direct-action`, ""},
	{"old ingress discipline", `tc qdisc add dev near0 ingress; tc filter add dev near0 parent ffff: prio 3 protocol ip u32 match ip protocol 47 0xff`, ""},
	{"renamed meanwhile", `ip addr add 192.0.2.1/24 dev near0 label near0:1; ip route add default via 192.0.2.9`,
		`ip link set dev near0 name new0; ip link set dev new0 name near0`},
	{"set down meanwhile", `ip addr add 192.0.2.1/24 dev near0; ip route add default via 192.0.2.9; ip nexthop add id 5 via 192.0.2.8 dev near0
ip route add 10.0.0.0/8 nhid 5; ip -6 addr add 2001:db8::1/64 dev near0; ip -6 route add default via 2001:db8::9
ip nexthop add id 6 via 2001:db8::8 dev near0; ip nexthop add id 7 group 6,2; ip -6 route add 2001:db8:1::/48 nhid 7`, `ip link set dev near0 down`},
	{"changed meanwhile", `ip addr add 192.0.2.1/24 dev near0`,
		`ip link set dev near0 address 02:00:00:00:07:07 mtu 3000; echo 0 > /proc/sys/net/ipv6/conf/near0/disable_ipv6`},
	{"filter removed meanwhile", `ip addr add 192.0.2.1/24 dev near0; tc qdisc add dev near0 clsact`, `tc qdisc del dev near0 clsact; tc qdisc add dev near0 clsact`},
}

// take opens near0.
func (h *host) take(t *testing.T) *Link {
	t.Helper()
	var l *Link
	h.near.Must(t, func() (err error) {
		l, err = OpenLink(h.config("near0"))
		return err
	})
	return l
}

func TestEveryKindOfInterfaceComesBackBOX03(t *testing.T) {
	t.Parallel()
	for _, v := range variants {
		t.Run(strings.NewReplacer(" ", "-", ",", "").Replace(v.what), func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h.names = h.names[:1]
			h.run(t, v.script)
			before := h.settled(t)
			l := h.take(t)
			h.run(t, v.while)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			h.checkState(t, before)

			c := &cable{near: h.near, dir: h.dir}
			kill := c.startChild(t)
			h.run(t, v.while)
			kill()
			if err := c.restore(t); err != nil {
				t.Error(err)
			}
			h.checkState(t, before)

			// The next start takes over the settings that the dead process left.
			kill = c.startChild(t)
			h.run(t, v.while)
			kill()
			l = h.take(t)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			h.checkState(t, before)
		})
	}
}

// Settings that another program makes on an interface that a dead process left are restored
// with the rest.
func TestWhatCameAfterAKillComesBackBOX03(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.run(t, `ip addr add 192.0.2.1/24 dev near0; ip route add default via 192.0.2.9`)
	c := &cable{near: h.near, dir: h.dir}
	c.startChild(t)()
	h.run(t, `ip addr add 198.51.100.1/24 dev near0; ip route add 10.0.0.0/8 via 198.51.100.9
ip neigh add 198.51.100.9 lladdr 02:00:00:00:09:09 nud permanent dev near0`)
	if err := h.take(t).Close(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"192.0.2.1/24", "198.51.100.1/24"} {
		if got := h.near.Run(t, "ip", "addr", "show", "dev", "near0"); !strings.Contains(got, want) {
			t.Errorf("addresses are %s\nwant one of %s", got, want)
		}
	}
	for _, want := range []string{"default via 192.0.2.9", "10.0.0.0/8 via 198.51.100.9"} {
		if got := h.near.Run(t, "ip", "route", "show"); !strings.Contains(got, want) {
			t.Errorf("routes are %s\nwant one %s", got, want)
		}
	}
	if got := h.near.Run(t, "ip", "neigh", "show", "nud", "permanent", "dev", "near0"); !strings.Contains(got, "198.51.100.9") {
		t.Errorf("permanent neighbours are %q, want 198.51.100.9", got)
	}
}

// A route that can't be restored is named, and blocks neither the rest nor the next start.
func TestRouteThatCannotComeBackIsNamedBOX03(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.run(t, `ip addr add 192.0.2.1/24 dev near0; ip addr add 198.18.0.1/24 dev else0
ip route add 10.0.0.0/8 nexthop via 192.0.2.9 dev near0 nexthop via 198.18.0.2 dev else0; ip route add 10.1.0.0/16 via 192.0.2.9 src 198.18.0.1
ip route add default via 192.0.2.9`)
	l := h.take(t)
	h.run(t, `ip link del dev else0`)
	err := l.Close()
	var le *link.Error
	if !errors.As(err, &le) || !strings.Contains(err.Error(), "10.1.0.0/16") || !strings.Contains(err.Error(), "10.0.0.0/8") {
		t.Errorf("Close() = %v, want a link Error that names 10.0.0.0/8 and 10.1.0.0/16", err)
	}
	if got := h.near.Run(t, "ip", "route", "show"); !strings.Contains(got, "default via 192.0.2.9") {
		t.Errorf("routes are %s\nwant the default route back", got)
	}
	h.near.Must(t, func() error { return Restore(h.dir) })
}

// An interface with more state than a record may hold is refused and not changed.
func TestTooManyRoutesAreRefusedBOX03(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.run(t, `ip addr add 192.0.2.1/24 dev near0
i=0; while [ $i -lt 60 ]; do j=0; while [ $j -lt 250 ]; do echo route add 10.$i.$j.0/24 via 192.0.2.9; j=$((j+1)); done; i=$((i+1)); done | ip -batch -`)
	before := h.near.Run(t, "ip", "route", "show")
	err := tryOpen(t, h.near, "near0")
	var le *link.Error
	if !errors.As(err, &le) || !strings.Contains(err.Error(), "15002 routes") && !strings.Contains(err.Error(), "15001 routes") {
		t.Errorf("OpenLink() = %v, want a link Error that names 15001 routes", err)
	}
	if after := h.near.Run(t, "ip", "route", "show"); after != before {
		t.Error("the refusal changed routes")
	}
}

// A router's default route is the kernel's, which asks for it again.
func TestRouterAdvertisementsComeBackBOX03(t *testing.T) {
	netlab.Slow(t)
	t.Parallel()
	h := newHost(t)
	h.run(t, `echo 0 > /proc/sys/net/ipv6/conf/near0/router_solicitation_delay
echo 1 > /proc/sys/net/ipv6/conf/near0/accept_ra; ip -6 addr add 2001:db8::1/64 dev near0`)
	router := &router{wire: h.far.Wire(t, "pnear0"), mac: h.far.Interface(t, "pnear0").HardwareAddr}
	router.start(t)
	awaitRoute := func() string {
		t.Helper()
		return await(t, func() (string, bool) {
			got := h.near.Run(t, "ip", "-6", "route", "show", "default")
			return got, strings.Contains(got, "proto ra")
		})
	}
	awaitRoute()
	before := h.settled(t)
	l := h.take(t)
	if got := h.near.Run(t, "ip", "-6", "route", "show", "default"); got != "" {
		t.Errorf("as a member, default route is %q, want none", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	awaitRoute()
	// The router's lifetime starts again.
	await(t, func() (string, bool) {
		diff := before.Diff(h.dump(t))
		return diff, strings.Count(diff, "\n") == strings.Count(diff, "lifetime")
	})
}

// Settings that an operator makes on a running member are removed, and restored at the end.
func TestWhatCameMeanwhileComesBackBOX26(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.run(t, `ip addr add 192.0.2.1/24 dev near0; ip route add default via 192.0.2.9`)
	l := h.take(t)
	h.run(t, `ip addr add 198.51.100.1/24 dev near0 valid_lft 1000 preferred_lft 900; ip route add 10.0.0.0/8 via 198.51.100.9`)
	if err := l.Repair(link.FaultHostAddress); err != nil {
		t.Errorf("Repair() = %v, want nil", err)
	}
	if got := h.near.Run(t, "ip", "addr", "show", "dev", "near0"); strings.Contains(got, "inet ") {
		t.Errorf("after the repair, addresses are %s\nwant none", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	addrs := h.near.Run(t, "ip", "addr", "show", "dev", "near0")
	routes := h.near.Run(t, "ip", "route", "show")
	for _, want := range []string{"192.0.2.1/24", "198.51.100.1/24", "valid_lft 100", "default via 192.0.2.9", "10.0.0.0/8 via 198.51.100.9"} {
		if !strings.Contains(addrs+routes, want) && !(want == "valid_lft 100" && strings.Contains(addrs, "valid_lft 99")) {
			t.Errorf("at the end %q is missing in %s%s", want, addrs, routes)
		}
	}
}
