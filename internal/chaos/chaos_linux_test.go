package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// TestChaosIsClean runs a seed with each partner for a short time. internal/bench/chaos.sh
// runs longer ones.
func TestChaosIsClean(t *testing.T) {
	if os.Getenv("LAGKIT_LAB") == "" {
		t.Skip("takes a minute: runs with LAGKIT_LAB=1")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces")
	}
	const folder = "../../examples/lacpd"
	netlab.NeedFolder(t, folder)
	program := filepath.Join(t.TempDir(), "lacpd")
	if out, err := netlab.BuildCommand(folder, program).CombinedOutput(); err != nil {
		t.Fatalf("build lacpd: %v\n%s", err, out)
	}
	for _, lagkit := range []bool{true, false} {
		s := settings{seed: 1, length: 15 * time.Second, lagkit: lagkit, members: 3, every: 20 * time.Millisecond, program: program}
		t.Run(s.partner(), func(t *testing.T) {
			if !lagkit {
				needOpenVSwitch(t)
			}
			r, err := run(t.Context(), s, t.Output())
			if err != nil {
				t.Fatalf("seed %d: %v", s.seed, err)
			}
			t.Log(&r)
			for d, name := range directions {
				if r.received[d] < r.sent[d]/20 {
					t.Errorf("%s: %d of %d frames received: the bed carries none", name, r.received[d], r.sent[d])
				}
			}
		})
	}
}

func needOpenVSwitch(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs Open vSwitch: %v", err)
		}
	}
}
