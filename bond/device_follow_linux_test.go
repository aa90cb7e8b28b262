package bond_test

import (
	"net"
	"os"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

func (d *deviceBed) wantAddrs(t *testing.T, want map[string]string) {
	t.Helper()
	for name, addr := range want {
		if got := d.near.Interface(t, name).HardwareAddr.String(); got != addr {
			t.Errorf("%s has MAC address %s, want %s", name, got, addr)
		}
	}
}

func (d *deviceBed) wantMTUs(t *testing.T, want int, names ...string) {
	t.Helper()
	for _, name := range names {
		if got := d.near.Interface(t, name).MTU; got != want {
			t.Errorf("%s has MTU %d, want %d", name, got, want)
		}
	}
}

func TestDeviceAddressIsFollowedBOX16(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{})
	system := d.bond.Status().System
	other := "02:00:00:00:00:66"
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "address", other)
	if e := d.wantEvent(t, "MAC address "+other, true); e.Err != nil {
		t.Error(e.Err)
	}
	d.wantAddrs(t, map[string]string{"bond0": other, "m0": other, "m1": other})
	st := d.bond.Status()
	if st.HardwareAddr.String() != other || d.bond.HardwareAddr().String() != other {
		t.Errorf("Status().HardwareAddr = %s, want %s", st.HardwareAddr, other)
	}
	if st.System != system || !st.Up {
		t.Errorf("Status().System = %v, up %v, want %v, up", st.System, st.Up, system)
	}
	d.awaitUp(t)
	// The device has it again when it is made again.
	d.near.Delete(t, "bond0")
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	d.wantAddrs(t, map[string]string{"bond0": other, "m0": other, "m1": other})
	d.awaitUp(t)
	// A Set of something else keeps the address; a Set of the address wins.
	if err := d.bond.Set(func(c *bond.Config) { c.MinLinks = 1 }); err != nil {
		t.Fatal(err)
	}
	d.wantAddrs(t, map[string]string{"bond0": other, "m0": other})
	if got := d.bond.Status().System; got != system {
		t.Errorf("Status().System = %v after Set, want %v", got, system)
	}
	third := net.HardwareAddr{2, 0, 0, 0, 0, 0x67}
	if err := d.bond.Set(func(c *bond.Config) { c.HardwareAddr = third }); err != nil {
		t.Fatal(err)
	}
	d.wantAddrs(t, map[string]string{"bond0": third.String(), "m0": third.String(), "m1": third.String()})
	if got := d.bond.Status().System.MAC.String(); got != third.String() {
		t.Errorf("Status().System.MAC = %s after Set, want %s", got, third)
	}
	d.awaitUp(t)
}

func TestDeviceAddressGoesToTheActiveMemberBOX16(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeFailover, Primary: "m0", MACPolicy: bond.MACActive,
		HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 0x55}}})
	own := d.near.Interface(t, "m1").HardwareAddr.String()
	other := "02:00:00:00:00:66"
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "address", other)
	d.wantEvent(t, "MAC address "+other, true)
	d.wantAddrs(t, map[string]string{"bond0": other, "m0": other, "m1": own})
	d.far.Down(t, "far0")
	awaitStatus(t, d.bond, "on m1, with address "+other, func(st bond.Status) bool {
		return st.Active == "m1" && d.near.Interface(t, "m1").HardwareAddr.String() == other
	})
}

func TestDeviceMTUIsFollowedBOX16(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{})
	for _, mtu := range []string{"9000", "1400"} {
		d.near.Run(t, "ip", "link", "set", "dev", "bond0", "mtu", mtu)
		if e := d.wantEvent(t, "MTU "+mtu, true); e.Err != nil {
			t.Error(e.Err)
		}
	}
	d.wantMTUs(t, 1400, "bond0", "m0", "m1")
	if got := d.bond.Status().MTU; got != 1400 || d.bond.MTU() != 1400 {
		t.Errorf("Status().MTU = %d, want 1400", got)
	}
	if err := d.bond.Set(func(c *bond.Config) { c.MinLinks = 1 }); err != nil {
		t.Fatal(err)
	}
	d.wantMTUs(t, 1400, "bond0", "m0")
	if err := d.bond.Set(func(c *bond.Config) { c.MTU = 2000 }); err != nil {
		t.Fatal(err)
	}
	d.wantMTUs(t, 2000, "bond0", "m0", "m1")
	d.awaitUp(t)
}

func TestDeviceMTUThatCanNotBeFollowedIsPutBackBOX16(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeLoadBalance}})
	d.near.Run(t, "ip", "link", "add", "name", "tiny0", "type", "veth", "peer", "name", "tiny1")
	d.near.Must(t, func() error {
		l, err := netif.OpenLink(netif.Config{Name: "tiny0", MTU: 1500, StateDir: d.dir})
		if err != nil {
			return err
		}
		return d.bond.AddMember(&unwilling{l})
	})
	for _, mtu := range []string{"1600", "100", "20000"} {
		d.near.Run(t, "ip", "link", "set", "dev", "bond0", "mtu", mtu)
		if e := d.wantEvent(t, "MTU "+mtu+" refused and put back", true); e.Err == nil {
			t.Errorf("MTU %s: event without an error, want one", mtu)
		}
		d.wantMTUs(t, 1500, "bond0", "m0", "m1", "tiny0")
	}
	if got := d.bond.Status().MTU; got != 1500 {
		t.Errorf("Status().MTU = %d, want 1500", got)
	}
}

// unwilling is a link that refuses to change its MTU.
type unwilling struct{ link.Link }

func (*unwilling) SetMTU(int) error  { return os.ErrPermission }
func (*unwilling) MTU() (int, error) { return 1500, nil }
