package bond

import (
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// twoCables returns two namespaces: near with the members m0 and m1, and far with their other
// ends.
func twoCables(t *testing.T) (near, far *netlab.NS) {
	t.Helper()
	near, far = netlab.New(t), netlab.New(t)
	for _, n := range []string{"0", "1"} {
		netlab.Pair(t, near, "m"+n, far, "far"+n)
		near.Up(t, "m"+n)
		far.Up(t, "far"+n)
	}
	return near, far
}

func openBond(t *testing.T, ns *netlab.NS, cfg OpenConfig) *Bond {
	t.Helper()
	cfg.StateDir = t.TempDir()
	var b *Bond
	ns.Must(t, func() (err error) {
		b, err = Open(cfg)
		return err
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// awaitStatus waits until ok returns true for the bond's status.
func awaitStatus(t *testing.T, b *Bond, what string, ok func(Status) bool) Status {
	t.Helper()
	deadline := time.After(netlab.Patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		st := b.Status()
		if ok(st) {
			return st
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("want %s, got %+v", what, st)
		}
	}
}

func TestMACPolicyOnInterfaces(t *testing.T) {
	t.Parallel()
	near, far := twoCables(t)
	own := [2]net.HardwareAddr{near.Interface(t, "m0").HardwareAddr, near.Interface(t, "m1").HardwareAddr}
	addr := net.HardwareAddr{2, 0, 0, 0, 0, 0x55}
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeFailover, Primary: "m0", MACPolicy: MACActive, HardwareAddr: addr},
		Interfaces: []string{"m0", "m1"}})
	// The status names the active member before its interface has the bond's address.
	has := func(m0, m1 net.HardwareAddr) {
		t.Helper()
		var a0, a1 net.HardwareAddr
		awaitStatus(t, b, fmt.Sprintf("m0 with %s and m1 with %s", m0, m1), func(Status) bool {
			a0, a1 = near.Interface(t, "m0").HardwareAddr, near.Interface(t, "m1").HardwareAddr
			return slices.Equal(a0, m0) && slices.Equal(a1, m1)
		})
	}
	awaitStatus(t, b, "on m0", func(st Status) bool { return st.Active == "m0" })
	has(addr, own[1])
	far.Down(t, "far0")
	awaitStatus(t, b, "on m1", func(st Status) bool { return st.Active == "m1" })
	has(own[0], addr)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	has(own[0], own[1])
}
