package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestStatusSurvivesEMFILEBOX19 checks that a process without a free descriptor answers again
// once it has one.
func TestStatusSurvivesEMFILEBOX19(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	p := startProcess(t, a, oneBond, nil)
	p.log.await(t, "msg=running")
	limit := func(soft uint64) {
		t.Helper()
		var old unix.Rlimit
		if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, nil, &old); err != nil {
			t.Fatal(err)
		}
		if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: soft, Max: old.Max}, nil); err != nil {
			t.Fatal(err)
		}
	}
	limit(3)
	if v, err := p.status(); err == nil {
		t.Fatalf("got status %+v without a descriptor, want none", v)
	}
	p.log.await(t, "too many open files")
	limit(1024)
	await(t, "status is answered again", 5*time.Second, func() bool { return p.bond("bond0").Name == "bond0" })
	if got := strings.Count(p.log.String(), "too many open files"); got != 1 {
		t.Errorf("logged %d times, want once", got)
	}
}

// TestOneBondFailsAloneBOX11 checks that only the bond fails whose port another program has,
// and that lacpd opens it once the port is free.
func TestOneBondFailsAloneBOX11(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	a.Run(t, "ip", "link", "add", "br0", "type", "bridge")
	a.Run(t, "ip", "link", "set", "v1", "master", "br0")
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0]}\n- {name: bond1, ports: [v1]}\n", nil)
	p.log.await(t, "msg=running")
	if b := p.bond("bond0"); !b.Running || b.Fault != nil {
		t.Errorf("bond0 runs: %v, fault %+v, want one that runs", b.Running, b.Fault)
	}
	const want = "ports v1: allowed: an interface that is no port of another; this one belongs to br0: take it out with: ip link set dev v1 nomaster"
	if b := p.bond("bond1"); b.Running || b.Fault == nil || b.Fault.Error != want {
		t.Errorf("bond1 runs: %v, fault %+v, want %q", b.Running, b.Fault, want)
	}
	if out, code := p.run(t, "status"); code != exitOK || !strings.Contains(out, "bond1: not open, LACP\n  failed for ") || !strings.Contains(out, want) {
		t.Errorf("status exits with %d:\n%s", code, out)
	}
	a.Run(t, "ip", "link", "set", "v1", "nomaster")
	await(t, "bond1 runs", 15*time.Second, func() bool { return p.bond("bond1").Running })
	if code := p.end(t); code != exitOK {
		t.Errorf("exits with %d, want %d", code, exitOK)
	}
}

// TestNameThatIsTakenIsWaitedForBOX11 checks that lacpd waits for a name that another interface
// has.
func TestNameThatIsTakenIsWaitedForBOX11(t *testing.T) {
	t.Parallel()
	a := netlab.New(t)
	a.Run(t, "ip", "link", "add", "bond0", "type", "bridge")
	a.Run(t, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v9")
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0]}\n", nil)
	p.log.await(t, "msg=running") // the name may be taken away later
	if got, want := p.log.String(), "an interface of this name exists (bridge): choose another name, or delete it"; !strings.Contains(got, want) {
		t.Errorf("the log lacks %q", want)
	}
	a.Run(t, "ip", "link", "del", "bond0")
	await(t, "bond0 runs", 15*time.Second, func() bool { return p.bond("bond0").Running })
}

// TestReloadAddsAMemberThatReturnedBOX12 checks that SIGHUP with the same file adds a member
// that disappeared and came back.
func TestReloadAddsAMemberThatReturnedBOX12(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	p, partner := startProcess(t, a, oneBond, nil), startProcess(t, b, oneBond, nil)
	await(t, "both members carry data", 20*time.Second, func() bool { return p.bond("bond0").Carrying() == 2 && partner.bond("bond0").Carrying() == 2 })
	a.Delete(t, "v1")
	await(t, "v1 is gone", 10*time.Second, func() bool { return len(p.bond("bond0").Members) == 1 && len(partner.bond("bond0").Members) == 1 })
	netlab.Pair(t, a, "v1", b, "v1")
	p.reload(t)
	partner.reload(t)
	await(t, "both members carry data again", 20*time.Second, func() bool { return p.bond("bond0").Carrying() == 2 && partner.bond("bond0").Carrying() == 2 })
	if log := p.log.String(); strings.Contains(log, "error=<nil>") || strings.Contains(log, `=""`) {
		t.Errorf("the log has empty attributes:\n%s", log)
	}
}

// TestPortsThatAreNotThereAreWaitedForBOX11 checks that lacpd accepts a file with missing ports
// at the start and at a reload. Bonds start with the present ports; others join when they appear.
func TestPortsThatAreNotThereAreWaitedForBOX11(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	file := "bonds:\n- {name: bond0, ports: [v0, usb0]}\n- {name: bond1, ports: [v1]}\n"
	p := startProcess(t, a, file, nil)
	p.log.await(t, "msg=running")
	if b := p.bond("bond1"); !b.Running || b.Fault != nil {
		t.Errorf("bond1 runs: %v, fault %+v, want one that runs", b.Running, b.Fault)
	}
	v := p.bond("bond0")
	if !v.Running || len(v.Members) != 1 || len(v.Missing) != 1 || v.Missing[0].Name != "usb0" || v.Missing[0].Why == "" {
		t.Errorf("bond0 has members %+v, missing %+v, want v0 and usb0", v.Members, v.Missing)
	}
	if out, code := p.run(t, "check", "-config", p.config); code != exitOK || !strings.Contains(out, ":2:29: warning: ports: usb0: no such interface yet") {
		t.Errorf("check exits with %d: %s", code, out)
	}
	p.write(t, strings.Replace(file, "[v1]", "[v1, usb1]", 1))
	p.reload(t)
	netlab.Pair(t, a, "usb0", b, "usb0")
	netlab.Pair(t, a, "usb1", b, "usb1")
	await(t, "both join", 10*time.Second, func() bool {
		x, y := p.bond("bond0"), p.bond("bond1")
		return len(x.Members) == 2 && len(y.Members) == 2 && len(x.Missing) == 0 && len(y.Missing) == 0
	})
}

// TestAlternativeNamesArePortsBOX41 checks that a port may be an alternative name, and that a
// reload with another name of the same interface changes nothing.
func TestAlternativeNamesArePortsBOX41(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	a.Run(t, "ip", "link", "property", "add", "dev", "v0", "altname", "uplink-to-the-core-switch")
	file := strings.Replace(oneBond, "v0", "uplink-to-the-core-switch", 1)
	p, partner := startProcess(t, a, file, nil), startProcess(t, b, oneBond, nil)
	both := func() bool { return p.bond("bond0").Carrying() == 2 && partner.bond("bond0").Carrying() == 2 }
	await(t, "both members carry data", 20*time.Second, both)
	if out, code := p.run(t, "check", "-config", p.config); code != exitOK || out != "bond0: ok, 2 ports\n" {
		t.Errorf("check exits with %d: %s", code, out)
	}
	names := func() (list []string) {
		for _, m := range p.bond("bond0").Members {
			list = append(list, m.Name+"="+m.Interface)
		}
		return list
	}
	if got, want := strings.Join(names(), " "), "uplink-to-the-core-switch=v0 v1=v1"; got != want {
		t.Errorf("members are %q, want %q", got, want)
	}
	for _, text := range []string{oneBond, file} {
		p.write(t, text)
		p.reload(t)
		if got, want := strings.Join(names(), " "), "uplink-to-the-core-switch=v0 v1=v1"; got != want || !both() {
			t.Errorf("after a reload members are %q, want %q; both carry data: %v", got, want, both())
		}
	}
	if log := p.log.String(); strings.Contains(log, "member removed") {
		t.Errorf("a member was removed, want none removed:\n%s", log)
	}
}

// TestReloadPutsAddressesBackBOX12 checks that SIGHUP with the same file restores an address
// that was removed by hand.
func TestReloadPutsAddressesBackBOX12(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0, v1], addresses: [192.0.2.10/24, \"2001:db8::10/64\"]}\n", nil)
	p.log.await(t, "msg=running")
	has := func() bool {
		out := a.Run(t, "ip", "-o", "address", "show", "dev", "bond0")
		return strings.Contains(out, "192.0.2.10/24") && strings.Contains(out, "2001:db8::10/64")
	}
	if !has() {
		t.Fatal("bond0 lacks its addresses at the start, want them")
	}
	a.Run(t, "ip", "address", "flush", "dev", "bond0")
	p.reload(t)
	await(t, "the addresses are back", 5*time.Second, has)
}

// TestReloadChangesRoutesAndMAC checks that the device gets its gateway, routes, MAC address and
// description, that a reload changes them, and that another program's routes stay.
func TestReloadChangesRoutesAndMAC(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	const head = "bonds:\n- name: bond0\n  ports: [v0, v1]\n  addresses: [192.0.2.10/24]\n"
	p := startProcess(t, a, head+"  gateway: 192.0.2.1\n  routes: [198.51.100.0/24 via 192.0.2.2]\n  mac: 02:00:00:00:00:09\n  description: uplink\n", nil)
	p.log.await(t, "msg=running")
	shows := func(args, want string) func() bool {
		return func() bool { return strings.Contains(a.Run(t, "ip", strings.Fields(args)...), want) }
	}
	await(t, "default route", netlab.Patience, shows("route show default", "via 192.0.2.1 dev bond0"))
	for args, want := range map[string]string{"route show 198.51.100.0/24": "via 192.0.2.2", "link show bond0": "alias uplink"} {
		if !shows(args, want)() {
			t.Errorf("ip %s lacks %q", args, want)
		}
	}
	for _, name := range []string{"bond0", "v0", "v1"} {
		if got := a.Interface(t, name).HardwareAddr.String(); got != "02:00:00:00:00:09" {
			t.Errorf("%s has MAC address %s, want that of the file", name, got)
		}
	}
	a.Run(t, "ip", "route", "add", "203.0.113.0/24", "via", "192.0.2.3") // another program's
	p.write(t, head+"  gateway: 192.0.2.4\n  mac: 02:00:00:00:00:0a\n")
	p.reload(t)
	await(t, "the other default route", netlab.Patience, shows("route show default", "via 192.0.2.4 dev bond0"))
	if out := a.Run(t, "ip", "route"); strings.Contains(out, "192.0.2.1 ") || strings.Contains(out, "198.51.100.0/24") || !strings.Contains(out, "203.0.113.0/24") {
		t.Errorf("routes are\n%s, want the old ones gone and the other program's there", out)
	}
	if got := a.Interface(t, "bond0").HardwareAddr.String(); got != "02:00:00:00:00:0a" || shows("link show bond0", "alias")() {
		t.Errorf("bond0 has MAC address %s and an alias %v, want the new address and none", got, shows("link show bond0", "alias")())
	}
}

// TestPortPriorityChoosesTheLinkBOX33 checks that with two ports and max_links 1 the port with
// the better priority carries data, and that a reload can change which one that is.
func TestPortPriorityChoosesTheLinkBOX33(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	file := strings.Replace(oneBond, "}", ", max_links: 1, port_priority: {v1: 100}}", 1)
	p, partner := startProcess(t, a, file, nil), startProcess(t, b, strings.Replace(oneBond, "}", ", max_links: 2}", 1), nil)
	// The end with the lower System Identifier chooses. Make that end ours.
	partner.log.await(t, "msg=running")
	p.log.await(t, "msg=running")
	if p.bond("bond0").System.String() > partner.bond("bond0").System.String() {
		p, partner = partner, p
		p.write(t, file)
		p.reload(t)
		partner.write(t, oneBond)
		partner.reload(t)
	}
	carries := func(name string) func() bool {
		return func() bool {
			v := p.bond("bond0")
			return v.Carrying() == 1 && slices.ContainsFunc(v.Members, func(m view.Member) bool { return m.Name == name && m.CarriesData })
		}
	}
	await(t, "v1 alone carries data", 20*time.Second, carries("v1"))
	p.write(t, strings.Replace(file, "v1: 100", "v0: 100", 1))
	p.reload(t)
	await(t, "v0 alone carries data", 20*time.Second, carries("v0"))
	for _, m := range p.bond("bond0").Members {
		if want := map[string]uint16{"v0": 100, "v1": 32768}[m.Name]; m.Actor.PortPriority != want {
			t.Errorf("priority of %s is %d, want %d", m.Name, m.Actor.PortPriority, want)
		}
	}
}

// TestWarmRestartKeepsTheDeviceBOX20 checks that the next run takes over the device that -warm
// left, with what the host has put on it, and removes a device that no bond uses any more.
func TestWarmRestartKeepsTheDeviceBOX20(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0]}\n- {name: bond1, ports: [v1]}\n", nil, "-warm")
	p.log.await(t, "msg=running")
	index := a.Index(t, "bond0")
	a.Run(t, "ip", "address", "add", "192.0.2.77/24", "dev", "bond0")
	if code := p.end(t); code != exitOK {
		t.Fatalf("lacpd exits with %d, want 0", code)
	}
	if got := a.Index(t, "bond0"); got != index {
		t.Fatalf("bond0 has index %d after the end, want %d", got, index)
	}
	out, code := p.run(t, "check", "-config", p.config)
	if want := ":2:4: warning: name: bond0: a device of this name exists"; code != exitOK || !strings.Contains(out, want) {
		t.Errorf("check exits with %d, want %d and %q:\n%s", code, exitOK, want, out)
	}
	p.write(t, "bonds:\n- {name: bond0, ports: [v0]}\n")
	p.start(t, nil, "-warm")
	p.log.await(t, "msg=running")
	if v := p.bond("bond0"); !v.Running || v.Fault != nil || a.Index(t, "bond0") != index {
		t.Errorf("bond0 runs: %v, fault %+v, index %d, want the one that was left, %d", v.Running, v.Fault, a.Index(t, "bond0"), index)
	}
	if out := a.Run(t, "ip", "-o", "address", "show", "dev", "bond0"); !strings.Contains(out, "192.0.2.77/24") {
		t.Errorf("bond0 lost its address, want it kept:\n%s", out)
	}
	if out := a.Run(t, "ip", "-o", "link"); strings.Contains(out, "bond1") {
		t.Errorf("bond1 still exists, want it removed:\n%s", out)
	}
}
