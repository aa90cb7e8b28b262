package ebpf

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

var (
	_ link.Face          = (*Device)(nil)
	_ link.DeviceWatcher = (*Device)(nil)
	_ link.DeviceRemaker = (*Device)(nil)
	_ link.Keeper        = (*Device)(nil)
)

// openDevice opens a device that Close closes with the test.
func openDevice(t *testing.T, ns *netlab.NS, cfg DeviceConfig) *Device {
	t.Helper()
	var d *Device
	ns.Must(t, func() (err error) {
		d, err = OpenDevice(cfg)
		return err
	})
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestDeviceHasItsSettings(t *testing.T) {
	ns := netlab.New(t)
	addr := net.HardwareAddr{2, 0, 0, 0, 1, 2}
	d := openDevice(t, ns, DeviceConfig{Name: "bond0", HardwareAddr: addr, MTU: 4000})
	ifi := ns.Interface(t, "bond0")
	if ifi.MTU != 4000 || ifi.HardwareAddr.String() != addr.String() || ifi.Flags&net.FlagUp == 0 {
		t.Errorf("bond0 is %+v, want MTU 4000, address %v, up", ifi, addr)
	}
	netlab.Await(t, "no carrier", func() bool { return ns.Interface(t, "bond0").Flags&net.FlagRunning == 0 })
	if d.Index() != ifi.Index || d.Peer() != ns.Index(t, "bond0p") || d.Name() != "bond0" {
		t.Errorf("Index, Peer, Name = %d, %d, %q; want %d, %d, bond0", d.Index(), d.Peer(), d.Name(), ifi.Index, ns.Index(t, "bond0p"))
	}
	next := net.HardwareAddr{2, 0, 0, 0, 3, 4}
	for what, err := range map[string]error{
		"SetMTU": d.SetMTU(9000), "SetHardwareAddr": d.SetHardwareAddr(next), "SetCarrier": d.SetCarrier(true),
		"SetAddresses": d.SetAddresses([]netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	netlab.Await(t, "MTU 9000, the next address, carrier", func() bool {
		ifi := ns.Interface(t, "bond0")
		return ifi.MTU == 9000 && ifi.HardwareAddr.String() == next.String() && ifi.Flags&net.FlagRunning != 0
	})
	if d.HardwareAddr().String() != next.String() {
		t.Errorf("HardwareAddr() = %v, want %v", d.HardwareAddr(), next)
	}
	ns.AddAddr(t, "bond0", "198.51.100.1/24") // another program's
	if err := d.SetAddresses([]netip.Prefix{netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::7/64")}); err != nil {
		t.Error(err)
	}
	out := ns.Run(t, "ip", "-o", "addr", "show", "dev", "bond0")
	for addr, want := range map[string]bool{"192.0.2.1/24": false, "192.0.2.7/24": true, "2001:db8::7/64": true, "198.51.100.1/24": true} {
		if strings.Contains(out, addr) != want {
			t.Errorf("bond0 has address %s: %v, want %v:\n%s", addr, !want, want, out)
		}
	}
}

// TestPeerKeepsToItself: the host's IP uses the peer for nothing.
func TestPeerKeepsToItself(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	if err := d.SetCarrier(true); err != nil {
		t.Fatal(err)
	}
	w := ns.Wire(t, "bond0p")
	ns.AwaitUp(t, "bond0")
	if out := ns.Run(t, "ip", "-o", "addr", "show", "dev", "bond0p"); strings.Contains(out, "inet") {
		t.Errorf("the peer has addresses:\n%s", out)
	}
	if out := ns.Run(t, "ip", "-d", "link", "show", "dev", "bond0p"); !strings.Contains(out, "addrgenmode none") {
		t.Errorf("the kernel may give the peer an IPv6 address:\n%s", out)
	}
	if out := ns.Run(t, "cat", "/proc/sys/net/ipv6/conf/bond0p/disable_ipv6"); out != "1\n" {
		t.Errorf("disable_ipv6 of the peer is %q, want 1", out)
	}
	own := ns.Interface(t, "bond0p").HardwareAddr
	end := numbered(0, 0)
	ns.Wire(t, "bond0").Send(t, end)
	w.Next(t, func(f []byte) bool {
		if string(f[6:12]) == string(own) {
			t.Errorf("the peer sent %x", f)
		}
		return string(f) == string(end)
	})
}

func TestKeptDeviceIsAdopted(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0", MTU: 2000})
	if err := d.SetCarrier(true); err != nil {
		t.Fatal(err)
	}
	if err := d.Keep(); err != nil {
		t.Fatal(err)
	}
	index, addr := d.Index(), d.HardwareAddr()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	if again.Index() != index || again.HardwareAddr().String() != addr.String() {
		t.Errorf("index %d, address %v; want those of the device that was kept, %d, %v", again.Index(), again.HardwareAddr(), index, addr)
	}
	if mtu := ns.Interface(t, "bond0").MTU; mtu != 2000 {
		t.Errorf("MTU %d, want 2000", mtu)
	}
}

// TestLongNames: the peers of two devices whose names differ only in their ends have different
// names.
func TestLongNames(t *testing.T) {
	ns := netlab.New(t)
	for _, name := range []string{"bond-of-floor-1", "bond-of-floor-2", "fourteen-chars"} {
		openDevice(t, ns, DeviceConfig{Name: name})
	}
}

func TestDevicesThatCanNotBeMadeAreRefused(t *testing.T) {
	ns := netlab.New(t)
	other := netlab.New(t)
	netlab.Pair(t, ns, "taken", other, "takenp")
	for field, cfg := range map[string]DeviceConfig{
		"Name": {Name: "a-name-of-16-oct"}, "MTU": {Name: "bond0", MTU: 67},
		"HardwareAddr": {Name: "bond0", HardwareAddr: net.HardwareAddr{1, 0, 0, 0, 0, 0}},
	} {
		wantRefusal(t, ns, cfg, field)
	}
	wantRefusal(t, ns, DeviceConfig{Name: "taken"}, "Name")
	wantRefusal(t, ns, DeviceConfig{Name: "lo"}, "Name")
}

// TestDeviceHasOneOwner: a second open of a device in use does not adopt it.
func TestDeviceHasOneOwner(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	err := ns.Do(func() error { _, err := OpenDevice(DeviceConfig{Name: "bond0"}); return err })
	var owned *netif.OwnedError
	if !errors.As(err, &owned) || !owned.Device {
		t.Errorf("error %v, want an OwnedError about a device", err)
	}
	if !ns.Exists(t, "bond0") || d.SetMTU(1400) != nil {
		t.Error("the device was taken from its owner")
	}
}

func wantRefusal(t *testing.T, ns *netlab.NS, cfg DeviceConfig, field string) {
	t.Helper()
	err := ns.Do(func() error { _, err := OpenDevice(cfg); return err })
	var refused *link.Error
	if !errors.As(err, &refused) || refused.Field != field {
		t.Errorf("%+v: error %v, want a link.Error about %s", cfg, err, field)
	}
}

func TestClosedDevice(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"SetMTU": d.SetMTU(1500), "SetCarrier": d.SetCarrier(true)} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: error %v, want %v", what, err, net.ErrClosed)
		}
	}
	if ns.Exists(t, "bond0") {
		t.Error("bond0 still exists")
	}
}

func TestDeviceReportsWhatOthersDo(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	ns.Run(t, "ip", "link", "set", "bond0", "mtu", "1400")
	netlab.NextState(t, d, "of MTU 1400", func(st link.State) bool { return st.MTU == 1400 })
	addr := net.HardwareAddr{2, 0, 0, 0, 9, 9}
	ns.SetHardwareAddr(t, "bond0", addr)
	netlab.NextState(t, d, "of the other address", func(st link.State) bool { return st.Addr == lacp.MAC(addr) })
	ns.Down(t, "bond0")
	netlab.NextState(t, d, "down", func(st link.State) bool { return st.AdminDown })
	ns.Run(t, "ip", "link", "set", "bond0", "name", "other0")
	netlab.NextState(t, d, "renamed", func(st link.State) bool { return st.Renamed == "other0" })
	ns.Delete(t, "other0")
	netlab.NextState(t, d, "gone", func(st link.State) bool { return st.Removed })
	if st, ok := d.State(); !ok || !st.Removed {
		t.Errorf("State() = %+v, %v; want that the interface is gone", st, ok)
	}
}

// TestDeviceIsMadeAgain checks that a device that was deleted, or moved to another namespace,
// comes back with its settings, those made meanwhile included.
func TestDeviceIsMadeAgain(t *testing.T) {
	for name, lose := range map[string]func(*testing.T, *netlab.NS, *netlab.NS){
		"deleted":      func(t *testing.T, ns, _ *netlab.NS) { ns.Delete(t, "bond0") },
		"peer deleted": func(t *testing.T, ns, _ *netlab.NS) { ns.Delete(t, "bond0p") },
		"moved":        func(t *testing.T, ns, other *netlab.NS) { ns.Move(t, "bond0", other) },
	} {
		t.Run(name, func(t *testing.T) {
			ns, other := netlab.New(t), netlab.New(t)
			d := openDevice(t, ns, DeviceConfig{Name: "bond0", MTU: 2000})
			addr, index := d.HardwareAddr(), d.Index()
			err := errors.Join(d.SetAddresses([]netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}), d.SetDescription("uplink"),
				d.SetRoutes([]link.Route{{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.0.2.2")}}))
			if err != nil {
				t.Fatal(err)
			}
			lose(t, ns, other)
			netlab.NextState(t, d, "gone", func(st link.State) bool { return st.Removed })
			if err := errors.Join(d.SetMTU(3000), d.SetCarrier(true)); err != nil {
				t.Errorf("settings without an interface: %v", err)
			}
			if err := d.Remake(); err != nil {
				t.Fatal(err)
			}
			netlab.NextState(t, d, "up", func(st link.State) bool { return st.Up && st.MTU == 3000 && st.Addr == lacp.MAC(addr) })
			if out := ns.Run(t, "ip", "-o", "addr", "show", "dev", "bond0"); !strings.Contains(out, "192.0.2.1/24") {
				t.Errorf("the address is missing:\n%s", out)
			}
			if out := ns.Run(t, "ip", "route", "show", "default") + ns.Run(t, "ip", "link", "show", "bond0"); !strings.Contains(out, "via 192.0.2.2") || !strings.Contains(out, "alias uplink") {
				t.Errorf("the route or the alias is missing:\n%s", out)
			}
			if d.Index() == index || d.Index() != ns.Index(t, "bond0") || d.Peer() != ns.Index(t, "bond0p") {
				t.Errorf("Index() = %d, Peer() = %d; want those of the new interfaces", d.Index(), d.Peer())
			}
			if other.Exists(t, "bond0") {
				t.Error("the old interface still exists in the other namespace")
			}
		})
	}
}
