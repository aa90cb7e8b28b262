package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// The machine's interfaces are found with all that check needs.
func TestLinksOfTheMachine(t *testing.T) {
	ns := netlab.New(t)
	ns.Run(t, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
	ns.Run(t, "ip", "link", "property", "add", "dev", "v0", "altname", "enp1s0", "altname", "uplink-to-the-core-switch-in-rack-7")
	ns.Run(t, "ip", "link", "add", "br0", "type", "bridge")
	ns.Run(t, "ip", "link", "set", "v1", "master", "br0")
	ns.Run(t, "ip", "link", "add", "m0", "link", "v0", "type", "macvlan")
	var links hostLinks
	ns.Must(t, func() (err error) { links, err = findLinks(); return err })
	if len(links) != 5 {
		t.Fatalf("%d interfaces, want 5: %+v", len(links), links)
	}
	lo, v0, v1, br0, m0 := links.find("lo"), links.find("v0"), links.find("v1"), links.find("br0"), links.find("m0")
	if !lo.loopback || lo.ethernet {
		t.Errorf("lo is %+v, want a loopback", lo)
	}
	if !v0.ethernet || !v0.addr || v0.loopback || v0.kind != "veth" || v0.lower != 0 || v0.master != 0 || v0.minMTU != 68 || v0.maxMTU != 65535 {
		t.Errorf("v0 is %+v, want a veth of its own with MTU 68 to 65535", v0)
	}
	if want := []string{"enp1s0", "uplink-to-the-core-switch-in-rack-7"}; !slices.Equal(v0.altnames, want) {
		t.Errorf("alternative names of v0 are %q, want %q", v0.altnames, want)
	}
	if links.find("enp1s0") != v0 || !links.same("enp1s0", "v0") || links.same("v0", "v1") {
		t.Error("enp1s0 is not v0")
	}
	if v1.master != br0.index || br0.kind != "bridge" || links.nameOf(v1.master) != "br0" {
		t.Errorf("v1 is %+v, want a port of %+v", v1, br0)
	}
	if m0.lower != v0.index || links.on(v0.index) != m0 {
		t.Errorf("m0 is %+v, want one made upon %+v", m0, v0)
	}
}

// check and run are of one mind about what the machine has in use.
func TestCheckAndRunAgreeBOX31(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		commands     []string
		want         string
	}{
		{"port of a bridge", oneBond, []string{"link add br0 type bridge", "link set v1 master br0"}, "v1: it is a port of br0"},
		{"macvlan upon a port", oneBond, []string{"link add m0 link v1 type macvlan"}, "v1: the macvlan interface m0 is made upon it"},
		{"name taken", oneBond, []string{"link add bond0 type bridge"}, "bond0: an interface of this name exists (bridge)"},
		{"name taken as another name", oneBond, []string{"link property add dev v0 altname bond0"}, "bond0: an interface of this name exists (veth)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := pairOf(t)
			for _, c := range tt.commands {
				a.Run(t, "ip", strings.Fields(c)...)
			}
			p := startProcess(t, a, tt.config, nil)
			p.log.await(t, "msg=running")
			if b := p.bond("bond0"); b.Running || b.Fault == nil || !strings.Contains(b.Fault.Error, tt.want) {
				t.Errorf("run: bond0 runs: %v, fault %+v, want %q", b.Running, b.Fault, tt.want)
			}
			if out, code := p.run(t, "check", "-config", p.config); code != exitUsage || !strings.Contains(out, tt.want) {
				t.Errorf("check exits with %d, want %d and %q:\n%s", code, exitUsage, tt.want, out)
			}
		})
	}
}

// check beside a lacpd that runs has nothing against what that lacpd has itself.
func TestCheckBesideARunningLacpdBOX31(t *testing.T) {
	a, _ := pairOf(t)
	p := startProcess(t, a, oneBond, nil)
	p.log.await(t, "msg=running")
	out, code := p.run(t, "check", "-config", p.config)
	if code != exitOK || out != "bond0: ok, 2 ports\n" {
		t.Errorf("check exits with %d: %s", code, out)
	}
}
