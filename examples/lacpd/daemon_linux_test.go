package main

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// A process without a descriptor left answers again once it has one.
func TestStatusSurvivesEMFILEBOX19(t *testing.T) {
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
		t.Fatalf("status is answered without a descriptor: %+v", v)
	}
	p.log.await(t, "too many open files")
	limit(1024)
	await(t, "status is answered again", 5*time.Second, func() bool { return p.bond("bond0").Name == "bond0" })
	if got := strings.Count(p.log.String(), "too many open files"); got != 1 {
		t.Errorf("told %d times, want once", got)
	}
}

// A bond whose port something else has fails alone, and is there once it can be.
func TestOneBondFailsAloneBOX11(t *testing.T) {
	a, _ := pairOf(t)
	a.Run(t, "ip", "link", "add", "br0", "type", "bridge")
	a.Run(t, "ip", "link", "set", "v1", "master", "br0")
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0]}\n- {name: bond1, ports: [v1]}\n", nil)
	p.log.await(t, "msg=running")
	if b := p.bond("bond0"); !b.Running || b.Fault != nil {
		t.Errorf("bond0 runs: %v, fault %+v, want one that runs", b.Running, b.Fault)
	}
	const want = "ports v1: it is a port of br0: take it out first (ip link set v1 nomaster)"
	if b := p.bond("bond1"); b.Running || b.Fault == nil || b.Fault.Error != want {
		t.Errorf("bond1 runs: %v, fault %+v, want %q", b.Running, b.Fault, want)
	}
	if out, code := p.run(t, "status"); code != exitOK || !strings.Contains(out, "bond1: not there, LACP\n  failed for ") || !strings.Contains(out, want) {
		t.Errorf("status exits with %d:\n%s", code, out)
	}
	a.Run(t, "ip", "link", "set", "v1", "nomaster")
	await(t, "bond1 runs", 15*time.Second, func() bool { return p.bond("bond1").Running })
	if code := p.end(t); code != exitOK {
		t.Errorf("exits with %d, want %d", code, exitOK)
	}
}

// A name that something else has is waited for.
func TestNameThatIsTakenIsWaitedForBOX11(t *testing.T) {
	a := netlab.New(t)
	a.Run(t, "ip", "link", "add", "bond0", "type", "bridge")
	a.Run(t, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v9")
	p := startProcess(t, a, "bonds:\n- {name: bond0, ports: [v0]}\n", nil)
	p.log.await(t, "msg=running") // another may take the name away
	if got, want := p.log.String(), "an interface of this name exists (bridge): choose another name, or delete it"; !strings.Contains(got, want) {
		t.Errorf("the log lacks %q", want)
	}
	a.Run(t, "ip", "link", "del", "bond0")
	await(t, "bond0 runs", 15*time.Second, func() bool { return p.bond("bond0").Running })
}

// A member that went and came back joins with SIGHUP, the file being the same.
func TestReloadAddsAMemberThatReturnedBOX12(t *testing.T) {
	a, b := pairOf(t)
	p, partner := startProcess(t, a, oneBond, nil), startProcess(t, b, oneBond, nil)
	await(t, "both members carry data", 20*time.Second, func() bool { return p.bond("bond0").carrying() == 2 && partner.bond("bond0").carrying() == 2 })
	a.Delete(t, "v1")
	await(t, "v1 is gone", 10*time.Second, func() bool { return len(p.bond("bond0").Members) == 1 && len(partner.bond("bond0").Members) == 1 })
	netlab.Pair(t, a, "v1", b, "v1")
	for _, p := range []*process{p, partner} {
		if err := p.cmd.Process.Signal(unix.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "both members carry data again", 20*time.Second, func() bool { return p.bond("bond0").carrying() == 2 && partner.bond("bond0").carrying() == 2 })
	p.log.await(t, `msg="configuration read again" bonds=1`)
	if log := p.log.String(); strings.Contains(log, "error=<nil>") || strings.Contains(log, `=""`) {
		t.Errorf("the log has empty attributes:\n%s", log)
	}
}
