package bond_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

func route(destination, gateway string, metric uint32) bond.Route {
	r := bond.Route{Destination: netip.MustParsePrefix(destination), Metric: metric}
	if gateway != "" {
		r.Gateway = netip.MustParseAddr(gateway)
	}
	return r
}

// hostRoutes returns the routes that a bond has set in a namespace, without their origin.
func hostRoutes(t *testing.T, ns *netlab.NS) string {
	t.Helper()
	list := ns.Run(t, "ip", "-4", "route", "show", "dev", "bond0", "proto", "76") + ns.Run(t, "ip", "-6", "route", "show", "dev", "bond0", "proto", "76")
	var lines []string
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " pref ")
		lines = append(lines, strings.TrimSuffix(line, " linkdown"))
	}
	return strings.Join(lines, "; ")
}

// awaitRoutes waits until the namespace has exactly these routes.
func awaitRoutes(t *testing.T, ns *netlab.NS, want string) {
	t.Helper()
	for deadline := time.Now().Add(netlab.Patience); ; <-time.After(10 * time.Millisecond) {
		got := hostRoutes(t, ns)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("routes are %q, want %q", got, want)
		}
	}
}

// TestDeviceHasItsRoutes checks that a bond sets its routes, changes them with Set, leaves those of
// other programs alone, and restores them when the device was set down or is made again.
func TestDeviceHasItsRoutes(t *testing.T) {
	addrs := []netip.Prefix{netip.MustParsePrefix(nearAddr), netip.MustParsePrefix("2001:db8::1/64")}
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Addresses: addrs, Description: "uplink to the core",
		Routes: []bond.Route{route("198.51.100.0/24", "203.0.113.7", 0), route("203.0.113.0/24", "", 5), route("::/0", "2001:db8::2", 0), route("0.0.0.0/0", "192.0.2.2", 50)}}})
	const all = "default via 192.0.2.2 metric 50; 198.51.100.0/24 via 203.0.113.7; 203.0.113.0/24 scope link metric 5; default via 2001:db8::2 metric 1024"
	awaitRoutes(t, d.near, all)
	wantAlias := func(want string) {
		t.Helper()
		if got := d.near.Run(t, "ip", "link", "show", "bond0"); strings.Contains(got, "alias") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("bond0 is %q, want alias %q", got, want)
		}
	}
	wantAlias("alias uplink to the core")

	d.near.Run(t, "ip", "route", "add", "192.0.3.0/24", "via", "192.0.2.2") // of another program
	d.near.Down(t, "bond0")
	d.wantEvent(t, "set down", false)
	d.near.Up(t, "bond0")
	d.wantEvent(t, "set up", true)
	awaitRoutes(t, d.near, all)

	d.near.Delete(t, "bond0")
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	awaitRoutes(t, d.near, all)
	wantAlias("alias uplink to the core")

	d.near.Run(t, "ip", "route", "add", "192.0.3.0/24", "via", "192.0.2.2")
	d.near.Run(t, "ip", "route", "del", "198.51.100.0/24")
	if err := d.bond.Set(func(c *bond.Config) { c.Routes, c.Description = c.Routes[:3], "" }); err != nil {
		t.Fatal(err)
	}
	awaitRoutes(t, d.near, "198.51.100.0/24 via 203.0.113.7; 203.0.113.0/24 scope link metric 5; default via 2001:db8::2 metric 1024")
	wantAlias("")
	if err := d.bond.Set(func(c *bond.Config) { c.Routes = nil }); err != nil {
		t.Fatal(err)
	}
	awaitRoutes(t, d.near, "")
	if got := d.near.Run(t, "ip", "route", "show", "192.0.3.0/24"); !strings.Contains(got, "via 192.0.2.2") {
		t.Errorf("the route of another program is %q, want it left alone", got)
	}
}

// TestRoutesThatCantBeSetChangeNothing checks that a Set is refused as a whole, with its addresses.
func TestRoutesThatCantBeSetChangeNothing(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Routes: []bond.Route{route("198.51.100.0/24", "192.0.2.2", 0)}}})
	err := d.bond.Set(func(c *bond.Config) {
		c.Addresses = []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24")}
		c.Routes = []bond.Route{route("0.0.0.0/0", "203.0.113.2", 0), route("198.51.100.0/24", "192.168.9.9", 0)}
	})
	if err == nil || !strings.Contains(err.Error(), "192.168.9.9") {
		t.Errorf("Set() = %v, want an error about the gateway", err)
	}
	awaitRoutes(t, d.near, "198.51.100.0/24 via 192.0.2.2")
	if got := d.near.Run(t, "ip", "-o", "-4", "addr", "show", "dev", "bond0"); !strings.Contains(got, nearAddr) || strings.Contains(got, "203.0.113.1") {
		t.Errorf("addresses are %q, want %s alone", got, nearAddr)
	}
	for _, r := range []bond.Route{route("198.51.100.1/24", "", 0), route("224.0.0.0/4", "", 0), route("0.0.0.0/0", "2001:db8::1", 0), route("0.0.0.0/0", "0.0.0.0", 0), {}} {
		if err := d.bond.Set(func(c *bond.Config) { c.Routes = []bond.Route{r} }); err == nil || !strings.Contains(err.Error(), "Routes") {
			t.Errorf("Set() with route %v = %v, want it refused", r, err)
		}
	}
}
