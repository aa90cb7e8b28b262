package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// TestProbe speaks LACP with Open vSwitch on an interface that the host uses all the while,
// as an ordinary user with CAP_NET_RAW alone. It finds out about a link that carries nothing
// in one direction though its carrier is there.
func TestProbe(t *testing.T) {
	besideOthers(t)
	b := layCables(t, 1)
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skipf("needs setpriv: %v", err)
	}
	program := filepath.Join(programs, "probe")
	if out, err := netlab.BuildCommand("../../examples/probe", program).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.Chmod(programs, 0o755); err != nil {
		t.Fatal(err)
	}
	b.ovs = startOVS(t, b.far, ovsConfig{members: b.theirs, fast: true, single: true})
	b.near.AddAddr(t, "p0", "10.9.0.1/24")
	show := func() string {
		// The kernel itself finds out meanwhile whether its IPv6 address is free.
		return strings.ReplaceAll(b.near.Run(t, "ip", "-d", "addr", "show", "dev", "p0"), " tentative", "")
	}
	found := show()

	p := start(t, b.near, nil, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		"--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", program, "p0")
	says := func(what string, limit time.Duration) {
		t.Helper()
		await(t, "the probe's last line is "+what, time.Now(), limit, func() bool {
			lines := strings.Split(strings.TrimSpace(p.Log.String()), "\n")
			return strings.Contains(lines[len(lines)-1], what)
		}, p.Log.String)
	}
	says("p0 up", 5*time.Second)
	if got := show(); got != found {
		t.Errorf("the interface while it is probed:\n%s\nwant\n%s", got, found)
	}
	await(t, "the host reaches the switch on the interface", time.Now(), 5*time.Second, func() bool {
		return b.near.Do(func() error { return exec.Command("ping", "-c", "1", "-W", "1", ovsIP).Run() }) == nil
	}, p.Log.String)

	b.far.Run(t, "tc", "qdisc", "add", "dev", b.theirs[0], "clsact")
	b.far.Run(t, "tc", "filter", "add", "dev", b.theirs[0], "egress", "protocol", "0x8809", "bpf", "bytecode", "1,6 0 0 2", "direct-action")
	says("p0 down", 4*time.Second)
	b.far.Run(t, "tc", "qdisc", "del", "dev", b.theirs[0], "clsact")
	says("p0 up", 5*time.Second)
	p.End(t)
	if p.Err() != nil {
		t.Errorf("the probe ended: %v\n%s", p.Err(), &p.Log)
	}
}
