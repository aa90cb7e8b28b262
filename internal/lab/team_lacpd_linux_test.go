package lab

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// teamLacpd is two lacpd in one guest: a has the data plane team, and b is its partner.
type teamLacpd struct {
	*guest
	pid map[string]int
}

// TestLacpdOverTeamInGuest runs lacpd over the kernel's team driver, with a partner. The frames go
// on while lacpd is dead, the next one takes over, and the end restores the ports.
func TestLacpdOverTeamInGuest(t *testing.T) {
	needNamed(t)
	needHost(t)
	img, err := makeImage("initrd-team-lacpd", append(hostModules, teamModules...), addHost)
	if err != nil {
		t.Fatal(err)
	}
	l := &teamLacpd{bootGuest(t, img, guestConfig{id: 1, interfaces: 1, memory: hostMemory}), make(map[string]int)}
	l.mustScript(t, `
		ip link set lo up
		for end in a b; do ip netns add $end; done
		printf 'bonds:\n  - {name: bond0, ports: [p0, p1], data_plane: team, addresses: [10.8.0.1/24]}\n' >/run/a.yaml
		printf 'bonds:\n  - {name: bond0, ports: [p0, p1], addresses: [10.8.0.2/24]}\n' >/run/b.yaml
		for i in 0 1; do
			ip link add p$i netns a type veth peer name p$i netns b
			for end in a b; do ip -n $end link set p$i up; done
		done
		ip -n a address add 10.9.0.1/24 dev p0`)
	before := l.ports(t)
	l.start(t, "b")
	l.start(t, "a")
	l.awaitUp(t)
	if out := l.mustScript(t, "lacpd status -json -socket /run/a.socket"); !strings.Contains(out, `"name": "team"`) {
		t.Errorf("status does not show the plane team:\n%s", out)
	}
	if out := l.mustScript(t, "ip -n a -d link show dev bond0; ip -n a link show dev p1"); !strings.Contains(out, "team") || !strings.Contains(out, "master bond0") {
		t.Errorf("bond0 is no team with the port p1:\n%s", out)
	}
	l.killUnderTraffic(t)
	l.stop(t, l.pid["a"])
	if after := l.ports(t); after != before {
		t.Errorf("after the end the ports are\n%s, want\n%s", after, before)
	}
	if out, err := l.script("ip -n a link show dev bond0", guestTimeout); err == nil {
		t.Errorf("bond0 is left:\n%s", out)
	}
	l.stop(t, l.pid["b"])
}

func (l *teamLacpd) start(t *testing.T, end string) {
	t.Helper()
	l.pid[end] = l.background(t, fmt.Sprintf("exec ip netns exec %[1]s lacpd run -config /run/%[1]s.yaml -socket /run/%[1]s.socket -state-dir /run/%[1]s >>/run/%[1]s.log 2>&1", end))
}

func (l *teamLacpd) awaitUp(t *testing.T) {
	t.Helper()
	await(t, "both ends are up, and frames pass", time.Now(), 60*time.Second, func() bool {
		out, err := l.script("lacpd status -json -socket /run/a.socket; lacpd status -json -socket /run/b.socket; ip netns exec a ping -n -c 1 -W 1 10.8.0.2", guestTimeout)
		return err == nil && strings.Count(out, `"Distributing"`) >= 4
	}, func() string {
		out, _ := l.script("cat /run/a.log /run/b.log; lacpd status -socket /run/a.socket; lacpd status -socket /run/b.socket; ip -n a -d link", guestTimeout)
		return out
	})
}

// ports describes what the end has to restore.
func (l *teamLacpd) ports(t *testing.T) string {
	t.Helper()
	return l.mustScript(t, `for i in 0 1; do
			ip -n a -o link show dev p$i | sed 's/ qdisc .* state / state /; s/ qlen .*//; s/\\.*link/link/'
			ip -n a -o -4 address show dev p$i
			cat_ipv6=$(ip netns exec a cat /proc/sys/net/ipv6/conf/p$i/disable_ipv6); echo disable_ipv6 $cat_ipv6
		done`)
}

// killUnderTraffic kills a's lacpd, starts the next one a moment later, and fails the test if a
// frame is lost or the partner notices anything.
func (l *teamLacpd) killUnderTraffic(t *testing.T) {
	t.Helper()
	noticed := l.mustScript(t, "grep -c member.changed /run/b.log")
	l.background(t, "exec ip netns exec a ping -n -c 100 -i 0.2 -W 2 10.8.0.2 >/run/ping.log 2>&1")
	l.mustScript(t, fmt.Sprintf("sleep 2; kill -9 %d; sleep 4", l.pid["a"]))
	l.start(t, "a")
	await(t, "the ping ends", time.Now(), 60*time.Second, func() bool { return strings.Contains(l.read(t, "/run/ping.log"), "packets transmitted") },
		func() string { return l.read(t, "/run/ping.log") })
	if out := l.read(t, "/run/ping.log"); !strings.Contains(out, " 0% packet loss") {
		t.Errorf("frames lost around the kill:\n%s\n%s", out[strings.LastIndex(out, "---"):], l.read(t, "/run/a.log"))
	}
	l.awaitUp(t)
	if now := l.mustScript(t, "grep -c member.changed /run/b.log"); now != noticed {
		t.Errorf("the partner noticed the restart:\n%s", l.read(t, "/run/b.log"))
	}
}
