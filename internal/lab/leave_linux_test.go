package lab

import (
	"net"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

func runQuietly(name string, args ...string) error { return exec.Command(name, args...).Run() }

// lifetimes matches lifetimes, which decrease during a test and are not compared.
var lifetimes = regexp.MustCompile(`valid_lft \S+ preferred_lft \S+`)

// interfaces describes all of a namespace's interfaces: state, MAC, MTU, addresses
// and queueing disciplines.
func interfaces(t testing.TB, ns *netlab.NS) string {
	t.Helper()
	s := ns.Run(t, "ip", "address", "show") + ns.Run(t, "tc", "qdisc", "show")
	return lifetimes.ReplaceAllString(s, "")
}

func TestTermLeavesAtOnceAndPutsInterfacesBack(t *testing.T) {
	besideOthers(t)
	b := layCables(t, 2)
	b.near.AddAddr(t, "p0", "192.0.2.7/24")
	b.near.AddAddr(t, "p1", "2001:db8::7/64")
	b.near.SetHardwareAddr(t, "p1", net.HardwareAddr{2, 0, 0, 0, 1, 0x17})
	// Link-local addresses come with the carrier, after duplicate address detection.
	var before string
	await(t, "addresses are settled", time.Now(), 10*time.Second, func() bool {
		before = interfaces(t, b.near)
		return !strings.Contains(before, "tentative") && strings.Count(before, "inet6 fe80") == 2
	}, func() string { return before })
	cfg := bedConfig{members: 2}
	b.startOVS(t, cfg)
	b.startLacpd(t, cfg)
	await(t, "the LAG forms", time.Now(), 10*time.Second, func() bool { return b.weUseAll(t) && b.theyUseAll(t) },
		func() string { return b.show(t) })
	if during := interfaces(t, b.near); strings.Contains(during, "192.0.2.7") || !strings.Contains(during, ourBond) {
		t.Errorf("while it runs:\n%s", during)
	}

	// After a kill the next run takes over, and restores the earlier settings.
	b.lacpd.Signal(t, syscall.SIGKILL)
	<-b.lacpd.Done
	b.lacpd.run(t, b.near)
	await(t, "the LAG forms after kill -9", time.Now(), 10*time.Second, func() bool { return b.weUseAll(t) && b.theyUseAll(t) },
		func() string { return b.show(t) })

	at := time.Now()
	b.lacpd.Signal(t, syscall.SIGTERM)
	gone := await(t, "Open vSwitch stops using the members", at, 500*time.Millisecond, func() bool {
		for _, m := range b.ovs.Members(t) {
			if m.Enabled {
				return false
			}
		}
		return true
	}, b.ovs.Show)
	select {
	case <-b.lacpd.Done:
	case <-time.After(5 * time.Second):
		t.Fatal("lacpd does not end")
	}
	t.Logf("Open vSwitch stopped after %v, lacpd ended after %v", gone, time.Since(at))
	if err := b.lacpd.Err(); err != nil {
		t.Errorf("lacpd: %v", err)
	}
	var after string
	await(t, "interfaces are as before", time.Now(), 5*time.Second, func() bool {
		after = interfaces(t, b.near)
		return after == before
	}, func() string { return "before:\n" + before + "after:\n" + after })
}
