package bond_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/lacp"
)

// shownSpeed returns the speed and duplex that an interface of near shows.
func (d *deviceBed) shownSpeed(t *testing.T, name string) (mbps uint32, duplex lacp.Duplex) {
	t.Helper()
	d.near.Must(t, func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		mbps, duplex = ethtool.SpeedDuplex(fd, name)
		return nil
	})
	return mbps, duplex
}

func TestDeviceShowsTheSpeedOfItsMembersBOX30(t *testing.T) {
	for _, tt := range []struct {
		mode           bond.Mode
		both, one, off uint32
	}{{bond.ModeLoadBalance, 20000, 10000, 0}, {bond.ModeFailover, 10000, 10000, 0}, {bond.ModeBroadcast, 10000, 10000, 0}} {
		t.Run(tt.mode.String(), func(t *testing.T) {
			d := newDeviceBed(t, bond.OpenConfig{Config: bond.Config{Mode: tt.mode}})
			shows := func(want uint32) {
				t.Helper()
				awaitStatus(t, d.bond, "at this speed", func(st bond.Status) bool { return st.Speed == want })
				d.settle(t)
				if got, duplex := d.shownSpeed(t, "bond0"); got != want || duplex != lacp.DuplexFull {
					t.Errorf("bond0 shows %d Mb/s, %v, want %d, full duplex", got, duplex, want)
				}
			}
			shows(tt.both) // veth has 10 Gb/s
			d.far.Down(t, "far0")
			shows(tt.one)
			if tt.mode == bond.ModeLoadBalance {
				d.near.Delete(t, "bond0")
				d.wantEvent(t, "removed", false)
				d.wantEvent(t, "restored", true)
				shows(tt.one)
			}
			d.far.Down(t, "far1")
			shows(tt.off)
		})
	}
}

// settle waits until the worker has finished the jobs that the bond has posted: a change of
// the device's MTU is followed only after them.
func (d *deviceBed) settle(t *testing.T) {
	t.Helper()
	mtu := "1501"
	if d.near.Interface(t, "bond0").MTU == 1501 {
		mtu = "1500"
	}
	d.near.Run(t, "ip", "link", "set", "dev", "bond0", "mtu", mtu)
	d.wantEvent(t, "MTU "+mtu, d.bond.Status().Device.State == bond.DeviceUp)
}

// addrs returns the IPv4 addresses of bond0, the primary address of each network first.
func (d *deviceBed) addrs(t *testing.T) (list []string) {
	t.Helper()
	for line := range strings.Lines(d.near.Run(t, "ip", "-4", "-o", "addr", "show", "dev", "bond0")) {
		f := strings.Fields(line)
		for i := range f {
			if f[i] == "inet" {
				list = append(list, f[i+1])
			}
		}
	}
	return list
}

func TestAddressOfTheSameNetworkTakesItsPlaceBOX07(t *testing.T) {
	for _, promote := range []string{"0", "1"} {
		t.Run("promote_secondaries="+promote, func(t *testing.T) {
			d := newDeviceBed(t, bond.OpenConfig{})
			d.setSysctl(t, "net/ipv4/conf/bond0/promote_secondaries", promote)
			d.near.Run(t, "ip", "addr", "add", "192.0.2.50/24", "dev", "bond0")
			set := func(addrs ...string) {
				t.Helper()
				if err := d.bond.Set(func(c *bond.Config) {
					c.Addresses = nil
					for _, a := range addrs {
						c.Addresses = append(c.Addresses, netip.MustParsePrefix(a))
					}
				}); err != nil {
					t.Fatal(err)
				}
			}
			wants := func(want string) {
				t.Helper()
				got := d.addrs(t)
				if strings.Join(got, " ") != want {
					t.Errorf("addresses are %v, want %s", got, want)
				}
			}
			set("192.0.2.11/24")
			wants("192.0.2.50/24 192.0.2.11/24")
			if got := d.sysctl(t, "net/ipv4/conf/bond0/promote_secondaries"); got != promote {
				t.Errorf("promote_secondaries is %s, want %s", got, promote)
			}
			d.near.Run(t, "ip", "addr", "del", "192.0.2.50/24", "dev", "bond0")
			d.near.Run(t, "ip", "addr", "flush", "dev", "bond0")
			// Any Set restores addresses that were removed by hand.
			if err := d.bond.Set(func(c *bond.Config) { c.MinLinks = 1 }); err != nil {
				t.Fatal(err)
			}
			wants("192.0.2.11/24")
			set("192.0.2.11/24", "192.0.2.12/24")
			wants("192.0.2.11/24 192.0.2.12/24")
			set("192.0.2.11/16")
			wants("192.0.2.11/16")
			d.awaitUp(t)
		})
	}
}

func (d *deviceBed) setSysctl(t *testing.T, name, value string) {
	t.Helper()
	d.near.Must(t, func() error { return os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0) })
}

func (d *deviceBed) sysctl(t *testing.T, name string) (value string) {
	t.Helper()
	d.near.Must(t, func() error {
		b, err := os.ReadFile(filepath.Join("/proc/sys", name))
		value = strings.TrimSpace(string(b))
		return err
	})
	return value
}
