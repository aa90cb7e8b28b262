package lab

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// dpdk is DPDK's bonding driver in a program of ours. It asks for LACPDUs each 30 s at any
// configured rate, and does not see the carrier through its AF_PACKET driver, so it notices no
// fault for 90 s.
var dpdk = &peerKind{
	name: "DPDK bonding",
	remarks: []string{
		"Through its AF_PACKET driver it does not notice a loss of carrier, and goes on sending into the cable.",
	},
	need: func(t testing.TB) {
		needRoot(t)
		for _, name := range []string{"gcc", "pkg-config"} {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("needs a C compiler and pkg-config: %v", err)
			}
		}
		if err := exec.Command("pkg-config", "--exists", "libdpdk").Run(); err != nil {
			t.Skipf("needs DPDK, of packages dpdk-dev and libdpdk-dev: %v", err)
		}
	},
	version: func(t testing.TB) string {
		out, err := exec.Command("pkg-config", "--modversion", "libdpdk").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	},
	make: newDPDKPeer,
}

// buildDPDK builds the program once.
var buildDPDK = sync.OnceValues(func() (string, error) {
	flags := func(kind string) ([]string, error) {
		out, err := exec.Command("pkg-config", kind, "libdpdk").Output()
		return strings.Fields(string(out)), err
	}
	cflags, err1 := flags("--cflags")
	libs, err2 := flags("--libs")
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	path := filepath.Join(programs, "dpdkbond")
	args := slices.Concat([]string{"-O2", "-o", path, "dpdk/bond.c"}, cflags, libs, []string{"-lrte_net_bond"})
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the DPDK peer: %w\n%s", err, out)
	}
	return path, nil
})

type dpdkPeer struct {
	namespacePeer
	program string
	process *netlab.Process
	input   io.Closer // closing it ends the program
}

// The pair of interfaces that connects DPDK to the namespace's own IP stack.
const (
	dpdkInside = "inside"
	dpdkHost   = "host"
)

func newDPDKPeer(t testing.TB, cfg peerConfig) peer {
	t.Helper()
	program, err := buildDPDK()
	if err != nil {
		t.Fatal(err)
	}
	p := &dpdkPeer{namespacePeer: newNamespacePeer(t, cfg), program: program}
	setSysctl(t, p.near, "ipv6/conf/all/disable_ipv6", "1")
	for _, name := range p.interfaces {
		p.near.Run(t, "ip", "link", "set", "dev", name, "arp", "off")
	}
	netlab.Pair(t, p.near, dpdkInside, p.near, dpdkHost)
	p.near.Run(t, "ip", "link", "set", "dev", dpdkInside, "arp", "off")
	p.near.Up(t, dpdkInside)
	p.near.Up(t, dpdkHost)
	p.near.AddAddr(t, dpdkHost, cfg.ip()+"/24")
	return p
}

func (p *dpdkPeer) start(t testing.TB) {
	t.Helper()
	args := []string{"--no-huge", "--no-shconf", "-m", "64", "--no-pci", "--iova-mode=va", "--no-telemetry", "--lcores=0@0-1"}
	var ports []string
	for i, name := range append([]string{dpdkInside}, p.interfaces...) {
		port := fmt.Sprintf("net_af_packet%d", i)
		ports = append(ports, port)
		args = append(args, fmt.Sprintf("--vdev=%s,iface=%s,blocksz=4096,framesz=2048,framecnt=512", port, name))
	}
	cmd := exec.Command(p.program, append(append(args, "--"), ports...)...)
	cmd.Env = append(cmd.Environ(), "RUNTIME_DIRECTORY="+t.TempDir()) // it leaves files there
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.input = input
	p.process = p.near.Launch(t, cmd)
	q := p.process
	await(t, "the DPDK peer runs", time.Now(), 20*time.Second, func() bool {
		if q.Ended() {
			t.Fatalf("the DPDK peer ended: %v\n%s", q.Err(), &q.Log)
		}
		return strings.Contains(q.Log.String(), "ready\n")
	}, q.Log.String)
}

func (p *dpdkPeer) leave(t testing.TB) {
	t.Helper()
	if err := p.input.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-p.process.Done:
	case <-time.After(10 * time.Second):
		t.Fatal("the DPDK peer does not end")
	}
}

func (p *dpdkPeer) restart(t testing.TB) {
	t.Helper()
	p.leave(t)
	p.start(t)
}

func (p *dpdkPeer) show(testing.TB) string { return "DPDK: " + p.process.Log.String() }
