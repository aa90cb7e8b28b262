package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// bench is a daemon on a fake host, in virtual time.
type bench struct {
	*daemon
	host *fakeHost
	log  bytes.Buffer
	file string
	hup  chan os.Signal
}

const twoBonds = "bonds:\n- {name: a, ports: [eth1, eth2]}\n- {name: b, ports: [eth3]}\n"

// newBench makes a daemon for a file with this text. It does not start it.
func newBench(t *testing.T, text string) *bench {
	t.Helper()
	b := &bench{host: newFakeHost(), file: filepath.Join(t.TempDir(), "lacpd.yaml"), hup: make(chan os.Signal)}
	b.write(t, text)
	b.daemon = newDaemon(runFlags{config: b.file, stateDir: t.TempDir(), reload: b.hup}, b.host.host,
		slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{ReplaceAttr: readable})))
	return b
}

func (b *bench) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) bonds(t *testing.T) []config.Bond {
	t.Helper()
	f, err := config.Load(b.file)
	if err == nil {
		err = f.Refused()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Bonds
}

// run starts the daemon, which ends with the test.
func (b *bench) run(t *testing.T) {
	t.Helper()
	if err := b.start(b.bonds(t)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.daemon.run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
}

// reloadWith writes the file and sends SIGHUP.
func (b *bench) reloadWith(t *testing.T, text string) {
	t.Helper()
	b.write(t, text)
	b.hup <- syscall.SIGHUP
	synctest.Wait()
}

// sleep lets time pass, and everything that is then due happen.
func (b *bench) sleep(d time.Duration) {
	b.list() // the test's earlier actions come first
	time.Sleep(d)
	synctest.Wait()
}

func (b *bench) bond(name string) *view.Bond {
	v := b.view()
	for i := range v.Bonds {
		if v.Bonds[i].Name == name {
			return &v.Bonds[i]
		}
	}
	return nil
}

func (b *bench) opened(name string) *fakeBond {
	for _, f := range b.host.opened {
		if f.cfg.Name == name && !f.closed {
			return f
		}
	}
	return nil
}

func TestBondThatCantBeOpenedLeavesTheOthersAloneBOX11(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.host.fails["a"] = errors.New("eth1 is busy")
		start := time.Now()
		b.run(t)
		if b.opened("b") == nil {
			t.Fatal("b was not opened, want it opened although a fails")
		}
		v := b.bond("a")
		if v.Running || v.Fault == nil || v.Fault.Error != "eth1 is busy" || !v.Fault.Since.Equal(start) || !v.Fault.NextTry.Equal(start.Add(time.Second)) {
			t.Errorf("a is %+v with fault %+v, want it not open, since now, with another try in 1 s", v, v.Fault)
		}
		// The next try comes after 1 s, and then one every 2 s.
		for i, at := range []int{0, 1, 3, 5, 7, 9, 11, 13} {
			b.sleep(time.Until(start.Add(time.Duration(at) * time.Second)))
			if got := count(b.host.tries, "a"); got != i+1 {
				t.Errorf("%d tries after %d s, want %d", got, at, i+1)
			}
		}
		if got := strings.Count(b.log.String(), "eth1 is busy"); got != 1 {
			t.Errorf("logged %d times, want once:\n%s", got, &b.log)
		}
		delete(b.host.fails, "a")
		b.sleep(30 * time.Second)
		if v := b.bond("a"); !v.Running || v.Fault != nil {
			t.Errorf("a is %+v with fault %+v, want one that runs", v, v.Fault)
		}
		if !strings.Contains(b.log.String(), `msg="bond now matches its configuration" bond=a tries=9`) {
			t.Errorf("the log does not report the success:\n%s", &b.log)
		}
		if got := count(b.host.tries, "b"); got != 1 {
			t.Errorf("b was opened %d times, want once", got)
		}
	})
}

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// TestStartFailsOnlyIfNothingIsLeftToWaitForBOX11 checks that lacpd ends only if it has no bond
// and can't get one by waiting.
func TestStartFailsOnlyIfNothingIsLeftToWaitForBOX11(t *testing.T) {
	refused := &bond.ConfigError{Field: "Key", Value: "0", Allowed: "1"}
	for _, tt := range []struct {
		name  string
		fails map[string]error
		want  string
	}{
		{"none may be opened", map[string]error{"a": fs.ErrPermission, "b": fmt.Errorf("open: %w", syscall.EPERM)}, "permission denied\nopen: operation not permitted"},
		{"none can be opened here", map[string]error{"a": errors.ErrUnsupported, "b": refused}, "unsupported operation\n" + refused.Error()},
		{"one runs", map[string]error{"a": fs.ErrPermission}, ""},
		{"one may be opened later", map[string]error{"a": fs.ErrPermission, "b": errors.New("eth3 is not there")}, ""},
	} {
		b := newBench(t, twoBonds)
		b.host.fails = tt.fails
		got := ""
		if err := b.start(b.bonds(t)); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: start returns %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReloadComparesTheFileWithWhatRunsBOX12(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		// A member is gone, but it is still in the file.
		a.cfg.Interfaces = []string{"eth1"}
		b.reloadWith(t, twoBonds)
		if !slices.Equal(a.cfg.Interfaces, []string{"eth1", "eth2"}) {
			t.Errorf("members are %q, want eth2 back", a.cfg.Interfaces)
		}
		// Settings are applied again, so that settings that were undone return.
		if a.sets != 1 || b.opened("b").sets != 1 {
			t.Errorf("settings applied %d and %d times, want once each", a.sets, b.opened("b").sets)
		}
		// A member that is not in the file is removed.
		a.cfg.Interfaces = []string{"eth1", "eth2", "eth4"}
		b.reloadWith(t, twoBonds)
		if !slices.Equal(a.cfg.Interfaces, []string{"eth1", "eth2"}) {
			t.Errorf("members are %q, want eth4 gone", a.cfg.Interfaces)
		}
		if log := b.log.String(); strings.Contains(log, "error=") || strings.Contains(log, `=""`) {
			t.Errorf("the log has empty attributes:\n%s", log)
		}
	})
}

// TestReloadWithAPortThatIsNotThereBOX11BOX12 checks that a missing port is no reason to refuse
// a file, and that the port is added once it appears.
func TestReloadWithAPortThatIsNotThereBOX11BOX12(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		a.addErr = map[string]error{"usb0": errors.New("ENODEV")}
		start := time.Now()
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2, usb0], mtu: 9000}\n- {name: b, ports: [eth3, eth4]}\n")
		if a.cfg.MTU != 9000 || !slices.Equal(b.opened("b").cfg.Interfaces, []string{"eth3", "eth4"}) {
			t.Errorf("MTU %d and ports of b %q, want the rest of the file applied", a.cfg.MTU, b.opened("b").cfg.Interfaces)
		}
		v := b.bond("a")
		if len(v.Missing) != 1 || v.Missing[0].Name != "usb0" || v.Missing[0].Why != "ENODEV" || !v.Missing[0].Since.Equal(start) {
			t.Errorf("missing is %+v, want usb0 and why", v.Missing)
		}
		b.sleep(5 * time.Second)
		if v := b.bond("a"); len(v.Missing) != 1 || !v.Missing[0].Since.Equal(start) {
			t.Errorf("missing is %+v, want usb0 since the reload", v.Missing)
		}
		delete(a.addErr, "usb0")
		b.sleep(10 * time.Second)
		if v := b.bond("a"); len(v.Missing) != 0 || v.Fault != nil || !slices.Equal(a.cfg.Interfaces, []string{"eth1", "eth2", "usb0"}) {
			t.Errorf("members are %q, missing %+v, fault %+v, want usb0 added", a.cfg.Interfaces, v.Missing, v.Fault)
		}
	})
}

// TestReloadReportsKeysThatNeedANewStart checks that a key that a running bond can't change is
// not ignored in silence.
func TestReloadReportsKeysThatNeedANewStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.reloadWith(t, strings.Replace(twoBonds, "eth2]", "eth2], queues: 4", 1))
		if want := `level=WARN msg="key has no effect before lacpd starts again" bond=a key=queues from=1 to=4`; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &b.log)
		}
	})
}

// TestReloadWithSettingsThatAreRefused checks that a bond keeps its old settings if it refuses
// new ones, and that lacpd retries the new ones.
func TestReloadWithSettingsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		a := b.opened("a")
		a.setErr = errors.New("the adapter refuses the MTU")
		b.reloadWith(t, strings.Replace(twoBonds, "eth2]", "eth2], mtu: 9000", 1))
		if v := b.bond("a"); !v.Running || v.Fault == nil || v.Fault.Error != "the adapter refuses the MTU" {
			t.Errorf("fault of a is %+v, want the MTU", v.Fault)
		}
		if v := b.bond("b"); v.Fault != nil {
			t.Errorf("fault of b is %+v, want none", v.Fault)
		}
		if want := "but not all of it applied\" bonds=2 failed=1"; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &b.log)
		}
		a.setErr = nil
		b.sleep(time.Second)
		if v := b.bond("a"); v.Fault != nil || a.cfg.MTU != 9000 {
			t.Errorf("fault of a is %+v, MTU %d, want none and 9000", v.Fault, a.cfg.MTU)
		}
	})
}

// TestReloadOfAFileThatIsRefused checks that lacpd logs each problem of a refused file and
// changes nothing.
func TestReloadOfAFileThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		b.run(t)
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1], mtu: 1}\n- {name: b, ports: [eth3], colour: red}\n")
		for _, want := range []string{
			`level=ERROR msg="configuration refused" problem="` + b.file + `:2:33: mtu: 1: allowed: 1492 to 9216"`,
			`level=ERROR msg="configuration refused" problem="` + b.file + `:3:28: colour: unknown key: a bond has no such key, lacpd help keys lists them"`,
			`level=ERROR msg="configuration refused, nothing changed" problems=2`,
		} {
			if !strings.Contains(b.log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, &b.log)
			}
		}
		if a := b.opened("a"); a.sets != 0 || len(a.cfg.Interfaces) != 2 {
			t.Errorf("a is %+v, want it unchanged", a)
		}
		if err := os.Remove(b.file); err != nil {
			t.Fatal(err)
		}
		b.hup <- syscall.SIGHUP
		synctest.Wait()
		if want := `msg="configuration not read, nothing changed" error="open `; !strings.Contains(b.log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &b.log)
		}
	})
}

// TestReloadKnowsAllNamesOfAnInterfaceBOX41 checks that an interface stays the same port under
// each of its names, in the file and before.
func TestReloadKnowsAllNamesOfAnInterfaceBOX41(t *testing.T) {
	links := testLinks()
	links[1].altnames = []string{"enp1s0", "uplink-a"}
	member := func(name, renamed string) *bond.MemberStatus {
		return &bond.MemberStatus{Name: name, Link: bond.LinkState{Renamed: renamed}}
	}
	for _, tt := range []struct {
		member *bond.MemberStatus
		port   string
		want   bool
	}{
		{member("eth1", ""), "eth1", true},
		{member("eth1", ""), "enp1s0", true},
		{member("enp1s0", ""), "eth1", true},
		{member("enp1s0", ""), "uplink-a", true},
		{member("eth1", ""), "eth2", false},
		{member("old0", "eth1"), "old0", true},   // renamed since
		{member("old0", "eth1"), "eth1", true},   // the file has the new name
		{member("old0", "eth1"), "enp1s0", true}, // the file has another name
		{member("eth2", "eth1"), "eth2", false},  // another interface has the old name now
		{member("gone0", ""), "gone0", true},
		{member("gone0", ""), "gone1", false},
	} {
		if got := isMember(tt.member, tt.port, links); got != tt.want {
			t.Errorf("isMember(%s now %q, %s) = %v, want %v", tt.member.Name, tt.member.Link.Renamed, tt.port, got, tt.want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n")
		b.daemon.host.links = func() (hostLinks, error) { return links, nil }
		b.run(t)
		b.reloadWith(t, "bonds:\n- {name: a, ports: [uplink-a, eth2], port_priority: {uplink-a: 7}}\n")
		if a := b.opened("a"); !slices.Equal(a.cfg.Interfaces, []string{"eth1", "eth2"}) || len(a.adds) != 0 {
			t.Errorf("members are %q, added %q, want the same two", a.cfg.Interfaces, a.adds)
		}
		if a := b.opened("a"); !maps.Equal(a.cfg.PortPriority, map[string]uint16{"eth1": 7}) {
			t.Errorf("priorities are %v, want that of uplink-a for eth1", a.cfg.PortPriority)
		}
	})
}

// TestPortInUseIsLeftOutUntilItIsFreeBOX31 checks that lacpd leaves out a port in use and adds it
// once it is free, and does not open a bond without another port. It touches nothing before.
func TestPortInUseIsLeftOutUntilItIsFreeBOX31(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2], protocol: FAILOVER, primary: eth1}\n- {name: b, ports: [eth3]}\n")
		busy := &bond.LinkError{Name: "eth1", Field: "Name", Allowed: "an interface that is no port of another"}
		b.host.refused["eth1"], b.host.refused["eth3"] = busy, busy
		b.run(t)
		a := b.opened("a")
		if a == nil || !slices.Equal(a.cfg.Interfaces, []string{"eth2"}) || a.cfg.Primary != "" {
			t.Fatalf("a is %+v, want eth2 as its only port and no primary", a)
		}
		const want = "ports eth1: allowed: an interface that is no port of another"
		if v := b.bond("a"); !v.Running || len(v.Missing) != 1 || v.Missing[0].Name != "eth1" || v.Missing[0].Why != want || v.Fault == nil {
			t.Errorf("a runs: %v, missing %+v, fault %+v, want eth1 missing", v.Running, v.Missing, v.Fault)
		}
		if v := b.bond("b"); v.Running || v.Fault == nil || v.Fault.Error != strings.Replace(want, "eth1", "eth3", 1) {
			t.Errorf("b runs: %v, fault %+v, want eth3 refused", v.Running, v.Fault)
		}
		if slices.Contains(b.host.tries, "b") || len(a.adds) != 0 {
			t.Errorf("opened %q, added %q, want no refused port touched", b.host.tries, a.adds)
		}
		b.sleep(500 * time.Millisecond)
		if a.sets != 0 {
			t.Errorf("settings applied %d times, want 0 before eth1 is a port", a.sets)
		}
		delete(b.host.refused, "eth1")
		delete(b.host.refused, "eth3")
		b.sleep(time.Second)
		if !slices.Equal(a.cfg.Interfaces, []string{"eth2", "eth1"}) || a.cfg.Primary != "eth1" || b.opened("b") == nil {
			t.Errorf("a has %q, primary %q, b is %v, want all as the file says", a.cfg.Interfaces, a.cfg.Primary, b.opened("b"))
		}
		if v := b.bond("a"); v.Fault != nil || len(v.Missing) != 0 {
			t.Errorf("fault of a is %+v, missing %+v, want none", v.Fault, v.Missing)
		}
	})
}

// TestPortsTheBondWaitsForAreLeftToItBOX11 checks that lacpd leaves a port to the bond that
// itself waits for it.
func TestPortsTheBondWaitsForAreLeftToItBOX11(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, usb0]}\n")
		b.run(t)
		a := b.opened("a")
		if !slices.Equal(a.cfg.Interfaces, []string{"eth1", "usb0"}) {
			t.Fatalf("a is opened with %q, want usb0 too", a.cfg.Interfaces)
		}
		a.cfg.Interfaces = []string{"eth1"}
		a.missing = []bond.MissingMember{{Name: "usb0", Why: "not there", Since: time.Now()}}
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, usb0], mtu: 9000}\n")
		if v := b.bond("a"); len(a.adds) != 0 || v.Fault != nil || len(v.Missing) != 1 || v.Missing[0] != view.Missing(a.missing[0]) {
			t.Errorf("added %q, missing %+v, fault %+v, want usb0 left to the bond", a.adds, v.Missing, v.Fault)
		}
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1]}\n")
		if !slices.Equal(a.removed, []string{"usb0"}) {
			t.Errorf("removed %q, want usb0, so that the bond no longer waits for it", a.removed)
		}
	})
}

// TestSavedStateOutlivesATryThatFails checks that lacpd keeps the state of a warm restart until
// the bond that needs it is open.
func TestSavedStateOutlivesATryThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, twoBonds)
		octets, err := (lacp.Saved{At: time.Now()}).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := writeFile(b.savedFile("a"), octets); err != nil {
			t.Fatal(err)
		}
		b.host.fails["a"] = errors.New("busy")
		b.run(t)
		if b.host.swept != 0 {
			t.Error("devices of the last run were removed before a was open")
		}
		delete(b.host.fails, "a")
		b.sleep(time.Second)
		if b.host.swept != 1 {
			t.Errorf("leftover devices were removed %d times, want once", b.host.swept)
		}
		if a := b.opened("a"); a == nil || a.cfg.Restore == nil {
			t.Errorf("a is %+v, want it to continue with the saved state", a)
		}
		if _, err := os.Stat(b.savedFile("a")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the saved state still exists: %v", err)
		}
	})
}
