package lab

import (
	"fmt"
	"testing"
	"time"
)

// bondDriver makes bond0 in a guest from all its adapters.
type bondDriver interface {
	name() string
	start(t testing.TB, b *adapterBed)
	stop(t testing.TB, b *adapterBed)
	setMTU(t testing.TB, b *adapterBed, mtu int)
	// inserted does by hand what the driver needs for an adapter that is back.
	inserted(t testing.TB, b *adapterBed, i int)
	show(b *adapterBed) string
}

// kernelBonding is the reference: the kernel's bonding driver with our settings.
type kernelBonding struct{}

func (kernelBonding) name() string { return "kernel bonding" }

func (kernelBonding) start(t testing.TB, b *adapterBed) {
	t.Helper()
	b.g.run(t, "ip", "link", "add", guestLAG, "type", "bond", "mode", "802.3ad", "miimon", "100",
		"lacp_rate", "fast", "xmit_hash_policy", "layer3+4")
	for i := range adapterMembers {
		kernelBonding{}.inserted(t, b, i)
	}
	b.g.run(t, "ip", "link", "set", guestLAG, "up")
	b.g.run(t, "ip", "address", "add", nearIP+"/24", "dev", guestLAG)
	b.g.run(t, "ip", "address", "add", nearIP6+"/64", "dev", guestLAG)
}

func (kernelBonding) stop(t testing.TB, b *adapterBed) {
	t.Helper()
	b.g.run(t, "ip", "link", "delete", guestLAG)
}

func (kernelBonding) setMTU(t testing.TB, b *adapterBed, mtu int) {
	t.Helper()
	b.g.run(t, "ip", "link", "set", guestLAG, "mtu", fmt.Sprint(mtu))
}

// inserted makes the driver take the adapter, because it does not look for one by name.
func (kernelBonding) inserted(t testing.TB, b *adapterBed, i int) {
	t.Helper()
	name := fmt.Sprintf("eth%d", i)
	b.g.run(t, "ip", "link", "set", name, "down")
	b.g.run(t, "ip", "link", "set", name, "master", guestLAG)
}

func (kernelBonding) show(b *adapterBed) string {
	out, err := b.g.script("cat /proc/net/bonding/"+guestLAG, guestTimeout)
	return fmt.Sprint(out, err)
}

// guestLacpd is lacpd in a guest.
type guestLacpd struct{ pid int }

const (
	guestConfigFile = "/etc/lacpd.yaml"
	guestLog        = "/run/lacpd.log"
)

func (*guestLacpd) name() string { return "lagkit" }

func (l *guestLacpd) configure(t testing.TB, b *adapterBed, mtu int) {
	t.Helper()
	b.g.write(t, guestConfigFile, fmt.Sprintf("bonds:\n  - name: %s\n    ports: [eth0, eth1]\n    lacpdu_rate: FAST\n"+
		"    xmit_hash_policy: LAYER3+4\n    mtu: %d\n    addresses: [%s/24, \"%s/64\"]\n", guestLAG, mtu, nearIP, nearIP6))
}

func (l *guestLacpd) start(t testing.TB, b *adapterBed) {
	t.Helper()
	l.configure(t, b, plainMTU)
	l.pid = b.g.background(t, "exec lacpd run -config "+guestConfigFile+" >"+guestLog+" 2>&1")
	await(t, "lacpd runs in the guest", time.Now(), guestTimeout, func() bool {
		_, err := b.g.script("grep -q msg=running "+guestLog, guestTimeout)
		return err == nil
	}, func() string { return l.show(b) })
}

func (l *guestLacpd) stop(t testing.TB, b *adapterBed) {
	t.Helper()
	b.g.stop(t, l.pid)
}

func (l *guestLacpd) setMTU(t testing.TB, b *adapterBed, mtu int) {
	t.Helper()
	l.configure(t, b, mtu)
	b.g.mustScript(t, fmt.Sprintf("kill -HUP %d", l.pid))
}

// inserted does nothing, because lacpd finds the adapter by itself.
func (*guestLacpd) inserted(testing.TB, *adapterBed, int) {}

func (*guestLacpd) show(b *adapterBed) string {
	out, err := b.g.script("lacpd status; tail -n 40 "+guestLog, guestTimeout)
	return fmt.Sprint(out, err)
}
