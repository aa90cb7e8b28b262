package team

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
	needDriver(t, ns)
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
	if ifi.MTU != 4000 || ifi.HardwareAddr.String() != addr.String() || ifi.Flags&net.FlagUp == 0 || ifi.Flags&net.FlagRunning != 0 {
		t.Errorf("bond0 is %+v, want MTU 4000, address %v, up without carrier", ifi, addr)
	}
	if d.Index() != ifi.Index || d.Name() != "bond0" {
		t.Errorf("Index, Name = %d, %q; want %d, bond0", d.Index(), d.Name(), ifi.Index)
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
	if st, ok := d.State(); !ok || !st.Up || st.MTU != 9000 || st.Addr != lacp.MAC(next) {
		t.Errorf("State() = %+v, %v; want up with MTU 9000 and address %v", st, ok, next)
	}
	if err := d.SetAddresses(nil); err != nil {
		t.Error(err)
	}
	if out := ns.Run(t, "ip", "-o", "addr", "show", "dev", "bond0"); strings.Contains(out, "192.0.2.1") {
		t.Errorf("the address is still there:\n%s", out)
	}
}

func TestDeviceSettingsThatAreRefused(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	ns.Run(t, "ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1")
	for _, c := range []struct {
		cfg   DeviceConfig
		field string
	}{
		{DeviceConfig{}, "Name"}, {DeviceConfig{Name: "a-name-of-16-oct"}, "Name"}, {DeviceConfig{Name: "other0"}, "Name"},
		{DeviceConfig{Name: "b0", MTU: 60}, "MTU"}, {DeviceConfig{Name: "b0", HardwareAddr: net.HardwareAddr{1, 0, 0, 0, 0, 0}}, "HardwareAddr"},
	} {
		err := ns.Do(func() error { _, err := OpenDevice(c.cfg); return err })
		var refused *link.Error
		if !errors.As(err, &refused) || refused.Field != c.field {
			t.Errorf("%+v: error %v, want a link.Error about %s", c.cfg, err, c.field)
		}
	}
	err := ns.Do(func() error { _, err := OpenDevice(DeviceConfig{Name: "bond0"}); return err })
	var owned *netif.OwnedError
	if !errors.As(err, &owned) || !owned.Device {
		t.Errorf("error %v, want an OwnedError about a device", err)
	}
	var refused *link.Error
	if err := d.SetMTU(10); !errors.As(err, &refused) || refused.Field != "MTU" {
		t.Errorf("SetMTU(10): error %v, want a link.Error about MTU", err)
	}
	if err := d.SetHardwareAddr(net.HardwareAddr{1, 0, 0, 0, 0, 0}); !errors.As(err, &refused) || refused.Field != "HardwareAddr" {
		t.Errorf("SetHardwareAddr of a group: error %v, want a link.Error about HardwareAddr", err)
	}
}

// TestDeviceIsAdopted with its carrier, and with the address and MTU that it has unless others are
// configured.
func TestDeviceIsAdopted(t *testing.T) {
	ns := netlab.New(t)
	first := openDevice(t, ns, DeviceConfig{Name: "bond0", MTU: 2000})
	if err := errors.Join(first.SetCarrier(true), first.Keep(), first.Close()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg  DeviceConfig
		mtu  int
		addr net.HardwareAddr
	}{
		{DeviceConfig{Name: "bond0"}, 2000, first.HardwareAddr()},
		{DeviceConfig{Name: "bond0", MTU: 3000, HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 7, 7}}, 3000, net.HardwareAddr{2, 0, 0, 0, 7, 7}},
	} {
		d := openDevice(t, ns, c.cfg)
		if st, ok := d.State(); !ok || !st.Up || st.MTU != c.mtu || st.Addr != lacp.MAC(c.addr) || d.HardwareAddr().String() != c.addr.String() || d.Index() != first.Index() {
			t.Errorf("State() = %+v, %v with address %v; want up with MTU %d and address %v", st, ok, d.HardwareAddr(), c.mtu, c.addr)
		}
		if err := errors.Join(d.Keep(), d.Close()); err != nil {
			t.Fatal(err)
		}
	}
	ns.Delete(t, "bond0")
}

func TestClosedDevice(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0"})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"SetMTU": d.SetMTU(1500), "SetCarrier": d.SetCarrier(true), "Remake": d.Remake()} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: error %v, want %v", what, err, net.ErrClosed)
		}
	}
	if _, ok := d.State(); ok || ns.Exists(t, "bond0") {
		t.Errorf("State() = %v, bond0 exists: %v; want neither", ok, ns.Exists(t, "bond0"))
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

// TestDeviceIsMadeAgain checks that a device that was deleted comes back with its settings, those
// made meanwhile included.
func TestDeviceIsMadeAgain(t *testing.T) {
	ns := netlab.New(t)
	d := openDevice(t, ns, DeviceConfig{Name: "bond0", MTU: 2000})
	addr, index := d.HardwareAddr(), d.Index()
	err := errors.Join(d.SetAddresses([]netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}), d.SetDescription("uplink"),
		d.SetRoutes([]link.Route{{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.0.2.2")}}))
	if err != nil {
		t.Fatal(err)
	}
	ns.Delete(t, "bond0")
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
	if d.Index() == index || d.Index() != ns.Index(t, "bond0") {
		t.Errorf("Index() = %d, want that of the new interface", d.Index())
	}
}
