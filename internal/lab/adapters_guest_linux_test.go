package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostModules are the kernel modules of a guest that runs lacpd: the drivers of its adapters,
// and of the interfaces that tests make on top of and around a bond.
var hostModules = append([]string{"e1000", "e1000e", "vmxnet3", "8139cp",
	"tun", "sch_ingress", "cls_bpf", "cls_u32", "cls_matchall", "act_mirred", "act_police", "act_gact", "sch_netem",
	"8021q", "macvlan", "bridge", "veth", "dummy"}, modules...)

// hostPrograms are the programs of such a guest besides lacpd and busybox.
var hostPrograms = []string{"ip", "tc", "bridge", "ping", "ethtool"}

// needHost skips a test if no guest can run lacpd, and returns the image to boot.
func needHost(t testing.TB) *image {
	t.Helper()
	needGuest(t)
	for _, name := range append([]string{"busybox", "dash"}, hostPrograms...) {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs busybox-static, iproute2, iputils-ping and ethtool: %v", err)
		}
	}
	img, err := buildHostImage()
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// buildHostImage builds the image of a guest that runs lacpd, once.
var buildHostImage = sync.OnceValues(func() (*image, error) {
	return makeImage("initrd-host", hostModules, addHost)
})

// addHost adds the programs of a guest that runs lacpd. Its shell is dash, because busybox's shell
// prefers its own ip and tc.
func addHost(fs *archive, _ *image) error {
	lacpd, err := buildStatic("lacpd-static", lacpdFolder)
	if err != nil {
		return err
	}
	if err := fs.addFile("bin/lacpd", lacpd); err != nil {
		return err
	}
	for _, name := range append([]string{"dash"}, hostPrograms...) {
		if err := addProgram(fs, name); err != nil {
			return err
		}
	}
	fs.addLink("bin/sh", "dash")
	return addBusybox(fs)
}

// addBusybox adds busybox, which needs no library, and a link for each of its programs that
// the image lacks.
func addBusybox(fs *archive) error {
	path, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	if err := fs.addFile("bin/busybox", path); err != nil {
		return err
	}
	applets, err := exec.Command(path, "--list").Output()
	if err != nil {
		return fmt.Errorf("busybox: %w", err)
	}
	for _, name := range strings.Fields(string(applets)) {
		fs.addLink("bin/"+name, "busybox")
	}
	return nil
}

// hostMemory is the memory of a guest that runs lacpd, in MiB.
const hostMemory = 256

// bootHost boots a guest that can run lacpd, the programs of hostPrograms and those of
// busybox. Its kernel has VLANs, netem and the like. It has IPv6 without duplicate address
// detection; its cables are unplugged.
func bootHost(t testing.TB, cfg guestConfig) *guest {
	t.Helper()
	img := needHost(t)
	if cfg.memory == 0 {
		cfg.memory = hostMemory
	}
	g := bootGuest(t, img, cfg)
	for _, of := range []string{"all", "default"} {
		g.write(t, "/proc/sys/net/ipv6/conf/"+of+"/disable_ipv6", "0")
		g.write(t, "/proc/sys/net/ipv6/conf/"+of+"/accept_dad", "0")
	}
	g.run(t, "ip", "link", "set", "lo", "up")
	return g
}

// script runs a shell script in the guest to its end and returns its output.
func (g *guest) script(text string, limit time.Duration) (string, error) {
	a, err := g.do(map[string]any{"op": "exec", "args": []string{"sh", "-eu", "-c", text}}, limit)
	return a.Output, err
}

// mustScript runs a script and fails the test at once if it fails.
func (g *guest) mustScript(t testing.TB, text string) string {
	t.Helper()
	out, err := g.script(text, guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// background starts a shell script in the guest and returns its process without waiting.
func (g *guest) background(t testing.TB, text string) (pid int) {
	t.Helper()
	a, err := g.do(map[string]any{"op": "start", "args": []string{"sh", "-eu", "-c", text}}, guestTimeout)
	if err == nil {
		err = json.Unmarshal(a.Value, &pid)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// stop asks a process of the guest to end, and waits until it has.
func (g *guest) stop(t testing.TB, pid int) {
	t.Helper()
	if _, err := g.script(fmt.Sprintf("kill %d", pid), guestTimeout); err != nil {
		t.Error(err)
		return
	}
	proc := fmt.Sprintf("/proc/%d", pid)
	await(t, "the process ends", time.Now(), guestTimeout, func() bool { return !g.exists(proc) },
		func() string { return g.read(t, proc+"/status") })
}

// change watches a file of the guest. The returned function waits until the file no longer has
// that text, or is gone, and returns the time of the change by the guest's clock, in
// microseconds.
func (g *guest) change(path, text string) func(t testing.TB) int64 {
	answer, err := g.ask(map[string]any{"op": "change", "args": []string{path, text}, "limit": guestTimeout.Microseconds()})
	return func(t testing.TB) (at int64) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		a, ok := <-answer
		if !ok || a.Error != "" {
			t.Fatalf("guest: %s", a.Error)
		}
		if err := json.Unmarshal(a.Value, &at); err != nil {
			t.Fatal(err)
		}
		return at
	}
}

// exists reports whether a file exists in the guest.
func (g *guest) exists(path string) bool {
	_, err := g.do(map[string]any{"op": "exec", "args": []string{"test", "-e", path}}, guestTimeout)
	return err == nil
}

// remove starts to remove adapter i from the guest, as if the owner pressed the slot's button.
func (g *guest) remove(t testing.TB, i int) {
	t.Helper()
	g.command(t, fmt.Sprintf(`{"execute":"device_del","arguments":{"id":"nic%d"}}`, i))
}

// awaitRemoved waits until the guest has released the adapter.
func (g *guest) awaitRemoved(t testing.TB, i int) {
	t.Helper()
	await(t, "the guest lets go of the adapter", time.Now(), guestTimeout,
		func() bool { return !g.exists(fmt.Sprintf("/sys/class/net/eth%d", i)) },
		func() string { return g.run(t, "ip", "-d", "link") })
}

// insert puts adapter i back. The adapter gets the lowest free name.
func (g *guest) insert(t testing.TB, i int) {
	t.Helper()
	arguments := map[string]string{"driver": g.cfg.adapter.device}
	for _, p := range g.properties(i) {
		name, value, _ := strings.Cut(p, "=")
		arguments[name] = value
	}
	command, err := json.Marshal(map[string]any{"execute": "device_add", "arguments": arguments})
	if err != nil {
		t.Fatal(err)
	}
	// QEMU may need a moment longer than the guest to release the old one.
	err = errors.New("not asked")
	await(t, "QEMU takes the adapter", time.Now(), guestTimeout, func() bool {
		err = g.tryCommand(string(command))
		return err == nil
	}, func() string { return err.Error() })
	await(t, "the guest finds the adapter", time.Now(), guestTimeout,
		func() bool { return g.exists(fmt.Sprintf("/sys/class/net/eth%d", i)) },
		func() string { return g.run(t, "ip", "-d", "link") })
}
