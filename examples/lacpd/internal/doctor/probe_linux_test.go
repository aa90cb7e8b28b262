package doctor

import (
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestProbeFindsASmallMTU checks that large packets are missed where the other end takes only
// smaller ones, and only there.
func TestProbeFindsASmallMTU(t *testing.T) {
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "bond0", far, "eth0")
	for _, end := range []struct {
		ns           *netlab.NS
		name, v4, v6 string
	}{{near, "bond0", "192.0.2.1/24", "2001:db8::1/64"}, {far, "eth0", "192.0.2.2/24", "2001:db8::2/64"}} {
		end.ns.AddAddr(t, end.name, end.v4)
		end.ns.Run(t, "ip", "address", "add", end.v6, "dev", end.name, "nodad")
		end.ns.Up(t, end.name)
	}
	near.AwaitUp(t, "bond0")
	near.Run(t, "ip", "route", "add", "default", "via", "192.0.2.2")
	near.Run(t, "ip", "route", "add", "default", "via", "2001:db8::2")
	s := &view.Status{Bonds: []view.Bond{{Name: "bond0", Up: true, Running: true, MTU: 1500, Carriage: view.Carriage{Device: view.Device{Name: "bond0"}}}}}
	for _, c := range []struct {
		mtu   string
		large int
	}{{"1500", 1}, {"1400", 0}} {
		far.Run(t, "ip", "link", "set", "eth0", "mtu", c.mtu)
		h := lookIn(t, near)
		near.Must(t, func() error { Probe(s, h); return nil })
		if len(h.Echoes) != 2 || len(h.Unseen) > 0 {
			t.Fatalf("MTU %s: answers %+v, not looked at %q; want those of two targets", c.mtu, h.Echoes, h.Unseen)
		}
		for _, e := range h.Echoes {
			if e.Bond != "bond0" || e.Size != 1500 || e.Small != 1 || e.Large != c.large {
				t.Errorf("MTU %s: %+v, want size 1500, one small answer, %d large", c.mtu, e, c.large)
			}
		}
	}
}
