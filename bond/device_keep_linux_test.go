package bond_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// restart suspends the bond and opens the one that replaces it.
func (d *deviceBed) restart(t *testing.T) {
	t.Helper()
	saved, err := d.bond.Suspend(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	cfg := d.cfg
	cfg.Restore = &saved
	d.bond = openIn(t, d.near, cfg)
	d.events = d.bond.Watch(t.Context())
	d.awaitUp(t)
}

func TestDeviceSurvivesAWarmRestartBOX20(t *testing.T) {
	for name, cfg := range map[string]bond.OpenConfig{
		"LACP":       {},
		"two queues": {Queues: 2},
		"failover":   {Config: bond.Config{Mode: bond.ModeFailover}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.KeepDevice = true
			d := newDeviceBed(t, cfg)
			d.near.Run(t, "ip", "addr", "add", "198.51.100.1/24", "dev", "bond0")
			d.near.Run(t, "ip", "route", "add", "203.0.113.0/24", "via", "192.0.2.2", "metric", "77")
			index := d.near.Index(t, "bond0")
			for range 2 {
				d.restart(t)
				if got := d.near.Index(t, "bond0"); got != index {
					t.Errorf("bond0 has index %d, want the one it had, %d", got, index)
				}
				if got := d.addrs(t); strings.Join(got, " ") != nearAddr+" 198.51.100.1/24" {
					t.Errorf("addresses are %v, want %s and the one set by hand", got, nearAddr)
				}
				if got := d.near.Run(t, "ip", "route", "show", "203.0.113.0/24"); !strings.Contains(got, "via 192.0.2.2 dev bond0 metric 77") {
					t.Errorf("route is %q, want the one set by hand", got)
				}
			}
			if err := d.bond.Close(); err != nil {
				t.Fatal(err)
			}
			d.wantNoDevice(t)
		})
	}
}

func (d *deviceBed) wantNoDevice(t *testing.T) {
	t.Helper()
	if err := d.near.Do(func() error { _, err := net.InterfaceByName("bond0"); return err }); err == nil {
		t.Error("bond0 still exists, want it removed")
	}
}

func TestBridgeKeepsTheDeviceOverAWarmRestartBOX20(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{KeepDevice: true})
	if err := d.bond.Set(func(c *bond.Config) { c.Addresses = nil }); err != nil {
		t.Fatal(err)
	}
	d.cfg.Addresses = nil
	d.near.Run(t, "ip", "link", "add", "name", "br0", "type", "bridge")
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "master", "br0")
	d.near.Run(t, "ip", "link", "set", "dev", "br0", "up")
	d.near.Run(t, "ip", "addr", "add", nearAddr, "dev", "br0")
	d.awaitUp(t)
	d.restart(t)
	if got := d.near.Run(t, "ip", "-o", "link", "show", "dev", "bond0"); !strings.Contains(got, "master br0") {
		t.Errorf("bond0 is %s, want a port of br0", got)
	}
}

// If the successor never comes, the device is removed by a start that is not a warm one or by
// a start of other bonds.
func TestKeptDeviceIsRemovedBOX20(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{KeepDevice: true})
	suspend := func() {
		t.Helper()
		if _, err := d.bond.Suspend(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := d.near.Run(t, "ip", "-o", "link", "show", "dev", "bond0"); !strings.Contains(got, "NO-CARRIER") {
			t.Errorf("bond0 is %s while no process uses it, want NO-CARRIER", got)
		}
	}
	suspend()
	index := d.near.Index(t, "bond0")
	cfg := d.cfg
	cfg.KeepDevice = false
	d.bond = openIn(t, d.near, cfg)
	if got := d.near.Index(t, "bond0"); got == index {
		t.Errorf("bond0 has index %d, want another interface", got)
	}
	if err := d.bond.Close(); err != nil {
		t.Fatal(err)
	}
	d.bond = openIn(t, d.near, d.cfg)
	suspend()
	d.near.Must(t, func() error { return bond.RemoveKeptDevices(d.dir) })
	d.wantNoDevice(t)
}
