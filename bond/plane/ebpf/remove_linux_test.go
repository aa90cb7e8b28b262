package ebpf

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestRemove removes what a process left that was killed, and nothing else.
func TestRemove(t *testing.T) { overHooks(t, testRemove) }

func testRemove(t *testing.T, kind hookKind) {
	b := newBed(t, kind, 2, bpfFS(t))
	remove := func() (err error) {
		return b.host.Do(func() error { return remove(b.pins, "bond0", kind == inFilters) })
	}
	var owned *netif.OwnedError
	if err := remove(); !errors.As(err, &owned) {
		t.Errorf("Remove of a device in use: %v, want an OwnedError", err)
	}
	if err := b.device.Keep(); err != nil {
		t.Fatal(err)
	}
	b.plane.Keep()
	b.close(t)
	for range 2 { // the second time there is nothing
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"bond0", "bond0p"} {
			if b.host.Exists(t, name) {
				t.Errorf("%s is left", name)
			}
		}
		if left, err := filepath.Glob(filepath.Join(b.pins, "*")); err != nil || len(left) > 0 {
			t.Errorf("pins are left: %q, %v", left, err)
		}
		if out := b.host.Run(t, "tc", "filter", "show", "dev", "m0", "ingress"); out != "" {
			t.Errorf("a filter is left:\n%s", out)
		}
	}
}

// TestForeignPairStays: a pair of interfaces with the names of a device and its peer is not taken
// for one.
func TestForeignPairStays(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes network namespaces")
	}
	ns := netlab.New(t)
	netlab.Pair(t, ns, "bond0", ns, "bond0p")
	if err := ns.Do(func() error { return Remove("", "bond0") }); err == nil {
		t.Error("Remove of another program's pair succeeds")
	}
	ns.Must(t, func() error {
		if d, err := OpenDevice(DeviceConfig{Name: "bond0"}); err == nil {
			t.Error("OpenDevice takes another program's pair")
			return d.Close()
		}
		return nil
	})
	if !ns.Exists(t, "bond0") {
		t.Error("another program's pair was removed")
	}
}
