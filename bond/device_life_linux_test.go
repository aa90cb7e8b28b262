package bond_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

const syncState = lacp.StateSynchronization

func TestDeletedDeviceIsMadeAgainBOX04(t *testing.T) {
	for name, cfg := range map[string]bond.OpenConfig{
		"LACP":         {Config: bond.Config{MTU: 2000}},
		"four queues":  {Config: bond.Config{MTU: 2000}, Queues: 4},
		"load balance": {Config: bond.Config{Mode: bond.ModeLoadBalance, MTU: 2000}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeviceBed(t, cfg)
			before := d.near.Interface(t, "bond0")
			d.near.Delete(t, "bond0")
			d.wantEvent(t, "removed", false)
			d.wantEvent(t, "restored", true)
			d.awaitUp(t)
			after := d.near.Interface(t, "bond0")
			if after.Index == before.Index || after.MTU != 2000 || after.HardwareAddr.String() != before.HardwareAddr.String() {
				t.Errorf("bond0 is %+v, want another interface like %+v", after, before)
			}
			if got := d.near.Run(t, "ip", "-o", "addr", "show", "dev", "bond0"); !strings.Contains(got, nearAddr) {
				t.Errorf("addresses are %s, want %s", got, nearAddr)
			}
			if st := d.bond.Status(); st.Device.State != bond.DeviceUp || st.Device.Name != "bond0" || st.Device.Reason != "" {
				t.Errorf("Status().Device = %+v, want bond0, up", st.Device)
			}
		})
	}
}

// If a device is deleted again soon, it is made again after a pause. Until then the bond
// announces to the partner that it has no path.
func TestPartnerIsToldThatTheDeviceIsGoneBOX04(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{})
	d.near.Delete(t, "bond0")
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	d.awaitUp(t)
	d.near.Delete(t, "bond0")
	removed := d.wantEvent(t, "removed", false)
	st := d.bond.Status()
	if st.Up || st.Device.State != bond.DeviceMissing || st.Device.Reason == "" {
		t.Errorf("Status() = up %v, device %+v; want down, and a device that is missing for a reason", st.Up, st.Device)
	}
	for _, m := range st.Members {
		if m.Carries || m.Hold != bond.HoldDevice || m.Reason.Code != lacp.ReasonGateHold {
			t.Errorf("%s carries %v, hold %v, reason %v; want held out by the device", m.Name, m.Carries, m.Hold, m.Reason)
		}
	}
	awaitStatus(t, d.partner, "out of sync", outOfSync)
	restored := d.wantEvent(t, "restored", true)
	if took := restored.At.Sub(removed.At); took < 900*time.Millisecond || took > 3*time.Second {
		t.Errorf("made again after %v, want 1 s", took)
	}
	d.awaitUp(t)
}

func TestMovedDeviceIsMadeAgainBOX04(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Queues: 2})
	other := netlab.New(t)
	d.near.Move(t, "bond0", other)
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	d.awaitUp(t)
	if err := other.Do(func() error { _, err := net.InterfaceByName("bond0"); return err }); err == nil {
		t.Error("the old device is still in the other namespace, want it removed")
	}
}

func TestRenamedDeviceIsFollowedBOX04(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{})
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "name", "lag0")
	d.wantEvent(t, "renamed to lag0", true)
	st := d.bond.Status()
	if st.Device.Name != "lag0" || st.Device.State != bond.DeviceUp || !st.Up {
		t.Errorf("Status() = up %v, device %+v; want up, lag0", st.Up, st.Device)
	}
	if err := d.bond.Set(func(c *bond.Config) { c.MTU = 3000 }); err != nil {
		t.Error(err)
	}
	if ifi := d.near.Interface(t, "lag0"); ifi.MTU != 3000 || ifi.Flags&net.FlagRunning == 0 {
		t.Errorf("lag0 is %+v, want MTU 3000, running", ifi)
	}
	d.awaitUp(t)
	d.near.Delete(t, "lag0")
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	d.awaitUp(t)
	if got := d.near.Interface(t, "bond0").MTU; got != 3000 {
		t.Errorf("bond0 has MTU %d, want 3000", got)
	}
}

// Settings made while the device is gone apply to the next one.
func TestSetWithoutDeviceBOX04(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{})
	d.near.Delete(t, "bond0")
	d.wantEvent(t, "removed", false)
	d.wantEvent(t, "restored", true)
	d.near.Delete(t, "bond0")
	d.wantEvent(t, "removed", false) // the device stays away for a second
	other := net.HardwareAddr{2, 0, 0, 0, 0, 0x77}
	if err := d.bond.Set(func(c *bond.Config) { c.MTU, c.HardwareAddr = 4000, other }); err != nil {
		t.Fatal(err)
	}
	d.wantEvent(t, "restored", true)
	d.awaitUp(t)
	if ifi := d.near.Interface(t, "bond0"); ifi.MTU != 4000 || ifi.HardwareAddr.String() != other.String() {
		t.Errorf("bond0 is %+v, want MTU 4000, %s", ifi, other)
	}
}

func TestDeviceThatIsDownIsNoPathBOX15(t *testing.T) {
	netlab.Slow(t)
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{AggregateWait: 2 * time.Second}})
	for range 2 {
		d.near.Down(t, "bond0")
		d.wantEvent(t, "set down", false)
		st := d.bond.Status()
		if st.Up || st.Device.State != bond.DeviceDown || st.Device.Reason == "" {
			t.Errorf("Status() = up %v, device %+v; want down, for a reason", st.Up, st.Device)
		}
		for _, m := range st.Members {
			if m.Carries || m.Hold != bond.HoldDevice {
				t.Errorf("%s carries %v, hold %v, want %v", m.Name, m.Carries, m.Hold, bond.HoldDevice)
			}
			if s := m.LACP.Actor.State; s.Has(lacp.StateSynchronization) || s.Has(lacp.StateCollecting) || s.Has(lacp.StateDistributing) {
				t.Errorf("%s sends state %#02x, want none of Synchronization, Collecting, Distributing", m.Name, uint8(s))
			}
		}
		awaitStatus(t, d.partner, "out of sync", outOfSync)
		start := time.Now()
		d.near.Up(t, "bond0")
		d.wantEvent(t, "set up", true)
		for _, b := range []*bond.Bond{d.bond, d.partner} {
			awaitStatus(t, b, "up again on both", func(st bond.Status) bool { return st.Members[0].Carries && st.Members[1].Carries })
		}
		if took := time.Since(start); took > 1900*time.Millisecond {
			t.Errorf("up again after %v, want no wait for other members (2 s)", took)
		} else {
			t.Logf("up again after %v", took)
		}
		d.awaitUp(t)
	}
}

func TestFailoverAnnouncesWhenTheDeviceIsUpAgainBOX15(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: bond.ModeFailover, Primary: "m0"}})
	d.near.Down(t, "bond0")
	d.wantEvent(t, "set down", false)
	if st := d.bond.Status(); st.Up || st.Members[0].Carries || st.Members[0].Hold != bond.HoldDevice || st.Active != "m0" {
		t.Errorf("Status() = %+v, want down, m0 active and held by the device", st)
	}
	wire := d.far.Wire(t, "far0")
	wire.IgnoreOutgoing(t)
	d.near.Up(t, "bond0")
	d.wantEvent(t, "set up", true)
	wire.Next(t, func(f []byte) bool { return isAnnouncement(f, "192.0.2.1") })
}

// isAnnouncement reports whether a frame is a gratuitous ARP for an address.
func isAnnouncement(f []byte, addr string) bool {
	ip := string(net.ParseIP(addr).To4())
	return len(f) >= 42 && f[12] == 8 && f[13] == 6 && string(f[28:32]) == ip && string(f[38:42]) == ip
}

// The bond restores the carrier when another program takes it away.
func TestDeviceCarrierIsPutBackBOX15(t *testing.T) {
	d := newDeviceBed(t, bond.OpenConfig{})
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "carrier", "off")
	if e := d.wantEvent(t, "carrier put back", true); e.Err != nil {
		t.Errorf("event has error %v, want nil", e.Err)
	}
	d.awaitUp(t)
}
