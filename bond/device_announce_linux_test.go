package bond_test

import (
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// After a change of member the bond announces to the network where the stations on the device
// and above it are.
func TestFailoverAnnouncesWhatLivesOnTheDeviceBOX21(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeFailover}})
	// A macvlan here, one in a container, and a second address added by hand.
	d.near.Run(t, "ip", "addr", "add", "192.0.2.50/24", "dev", "bond0")
	d.near.Run(t, "ip", "link", "add", "name", "mv0", "link", "bond0", "address", "02:00:00:00:00:a1", "type", "macvlan", "mode", "bridge")
	d.near.Run(t, "ip", "addr", "add", "198.51.100.7/24", "dev", "mv0")
	d.near.Run(t, "ip", "link", "set", "dev", "mv0", "up")
	d.near.Run(t, "ip", "link", "add", "name", "mv1", "link", "bond0", "address", "02:00:00:00:00:a2", "type", "macvlan", "mode", "bridge")
	container := netlab.New(t)
	d.near.Move(t, "mv1", container)
	container.Run(t, "ip", "link", "set", "dev", "mv1", "up")
	d.wantAnnounced(t, map[string]string{
		"192.0.2.1":    d.bond.HardwareAddr().String(),
		"192.0.2.50":   d.bond.HardwareAddr().String(),
		"198.51.100.7": "02:00:00:00:00:a1",
		"":             "02:00:00:00:00:a2",
	})
}

func TestFailoverAnnouncesTheBridgeBOX21(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeFailover}})
	d.near.Run(t, "ip", "link", "add", "name", "br0", "address", "02:00:00:00:00:b0", "type", "bridge")
	d.near.Run(t, "ip", "link", "add", "name", "tap0", "type", "veth", "peer", "name", "vm0")
	d.near.Run(t, "ip", "link", "set", "dev", "vm0", "address", "02:00:00:00:00:b1")
	for _, port := range []string{"bond0", "tap0"} {
		d.near.Run(t, "ip", "link", "set", "dev", port, "master", "br0")
	}
	for _, name := range []string{"br0", "tap0", "vm0"} {
		d.near.Run(t, "ip", "link", "set", "dev", name, "up")
	}
	d.near.Run(t, "ip", "addr", "add", "198.51.100.9/24", "dev", "br0")
	// A station on the bridge's other port, and one beyond the bond.
	station := d.near.Wire(t, "vm0")
	beyond := d.far.Wire(t, "bond0")
	src := []byte{2, 0, 0, 0, 0, 0xb2}
	send := func(w *netlab.Wire, src []byte) {
		w.Send(t, append(append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, src...), 0x88, 0xb5))
	}
	for deadline := time.Now().Add(netlab.Patience); !knows(d.near.Run(t, "bridge", "fdb", "show", "br", "br0"), "02:00:00:00:00:b2"); {
		send(station, src)
		if time.Now().After(deadline) {
			t.Fatal("the bridge has not learnt the stations")
		}
	}
	send(beyond, []byte{2, 0, 0, 0, 0, 0xb3})
	unwanted := d.wantAnnounced(t, map[string]string{
		"192.0.2.1":    d.bond.HardwareAddr().String(),
		"198.51.100.9": "02:00:00:00:00:b0",
		"":             "02:00:00:00:00:b2",
	})
	if unwanted["02:00:00:00:00:b3"] {
		t.Error("a station beyond the bond was announced, want only those behind it")
	}
}

func knows(table, mac string) bool {
	for i := range len(table) - len(mac) + 1 {
		if table[i:i+len(mac)] == mac {
			return true
		}
	}
	return false
}

// wantAnnounced makes the bond change to its other member. It waits there for a gratuitous ARP
// for each address in want, from the given MAC address, and for a RARP for the address "". It
// returns the MAC addresses that were announced.
func (d *deviceBed) wantAnnounced(t *testing.T, want map[string]string) map[string]bool {
	t.Helper()
	wire := d.far.Wire(t, "far1")
	wire.IgnoreOutgoing(t)
	d.far.Down(t, "far0")
	seen := make(map[string]bool)
	missing := len(want)
	wire.Next(t, func(f []byte) bool {
		if len(f) < 42 {
			return false
		}
		src := net.HardwareAddr(f[6:12]).String()
		addr := ""
		switch {
		case f[12] == 8 && f[13] == 6 && string(f[28:32]) == string(f[38:42]):
			addr = net.IP(f[28:32]).String()
		case f[12] == 0x80 && f[13] == 0x35 && f[21] == 3 && string(f[22:28]) == string(f[6:12]):
		default:
			return false
		}
		seen[src] = true
		if want[addr] == src {
			missing--
			delete(want, addr)
		}
		return missing == 0
	})
	return seen
}
