package netif

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
)

// keepDevice makes a device and closes it so that its interface stays.
func (c *cable) keepDevice(t *testing.T, cfg DeviceConfig) {
	t.Helper()
	d := c.openDevice(t, cfg).(*Device)
	if err := d.Keep(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func (c *cable) records(t *testing.T) (names []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(c.dir, "device-*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Only the interface that was left is adopted. One that differs in anything belongs to another
// program.
func TestStrangersDeviceIsNotAdoptedBOX20(t *testing.T) {
	t.Parallel()
	for name, disguise := range map[string]func(t *testing.T, c *cable){
		"another MAC address": func(t *testing.T, c *cable) {
			c.near.Run(t, "ip", "link", "set", "dev", "bond0", "address", "02:00:00:00:00:99")
		},
		"made anew": func(t *testing.T, c *cable) {
			c.near.Delete(t, "bond0")
			c.near.Run(t, "ip", "tuntap", "add", "name", "bond0", "mode", "tap", "user", "root")
			c.near.Run(t, "ip", "link", "set", "dev", "bond0", "address", bondAddr.String())
		},
		"no record": func(t *testing.T, c *cable) {
			if err := os.Remove(c.records(t)[0]); err != nil {
				t.Fatal(err)
			}
		},
		"another boot": func(t *testing.T, c *cable) {
			file := c.records(t)[0]
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
			if err != nil {
				t.Fatal(err)
			}
			b = []byte(strings.Replace(string(b), strings.TrimSpace(string(boot)), "00000000-0000-4000-8000-000000000000", 1))
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"record of another user": func(t *testing.T, c *cable) {
			if err := os.Chown(c.records(t)[0], 12345, 0); err != nil {
				t.Fatal(err)
			}
		},
		"record is a link": func(t *testing.T, c *cable) {
			file := c.records(t)[0]
			if err := errors.Join(os.Rename(file, file+".elsewhere"), os.Symlink(file+".elsewhere", file)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := layCable(t)
			cfg := DeviceConfig{Name: "bond0", HardwareAddr: bondAddr, Adopt: true, StateDir: c.dir}
			c.keepDevice(t, cfg)
			disguise(t, c)
			index := c.near.Index(t, "bond0")
			err := c.near.Do(func() error {
				_, err := OpenDevice(cfg)
				return err
			})
			var le *link.Error
			if !errors.As(err, &le) || le.Field != "Name" {
				t.Errorf("OpenDevice() = %v, want an error about the name", err)
			}
			c.near.Must(t, func() error { _ = RemoveKept(c.dir); return nil })
			if got := c.near.Index(t, "bond0"); got != index {
				t.Errorf("bond0 has index %d, want it left alone, %d", got, index)
			}
		})
	}
}

// A device that another process has open is not adopted. One with another number of queues is
// replaced.
func TestKeptDeviceInUseBOX20(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	cfg := DeviceConfig{Name: "bond0", Adopt: true, StateDir: c.dir}
	c.keepDevice(t, cfg)
	var fd int
	c.near.Must(t, func() (err error) {
		fd, err = afpacket.OpenTAP(afpacket.TAPConfig{Name: "bond0"}, false)
		return err
	})
	err := c.near.Do(func() error {
		_, err := OpenDevice(cfg)
		return err
	})
	if !errors.Is(err, unix.EBUSY) {
		t.Errorf("OpenDevice() = %v while another process has it, want EBUSY", err)
	}
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	index := c.near.Index(t, "bond0")
	cfg.Queues = 2
	d := c.openDevice(t, cfg)
	if got := c.near.Index(t, "bond0"); got == index {
		t.Error("a device of one queue was adopted as one of two")
	}
	if got := c.records(t); len(got) != 0 {
		t.Errorf("records left: %v", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// The addresses of the previous configuration are known. Those of the new one replace them,
// and others stay.
func TestAdoptedDeviceChangesItsAddressesBOX20(t *testing.T) {
	c := layCable(t)
	one, two := netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("192.0.2.2/24")
	cfg := DeviceConfig{Name: "bond0", Addresses: []netip.Prefix{one}, Adopt: true, StateDir: c.dir}
	c.keepDevice(t, cfg)
	c.near.AddAddr(t, "bond0", "198.51.100.1/24")
	cfg.Addresses = []netip.Prefix{two}
	c.openDevice(t, cfg)
	c.wantAddrs(t, "192.0.2.2/24", "198.51.100.1/24")
}

// wantAddrs fails the test unless bond0 has exactly these addresses besides link-local ones.
func (c *cable) wantAddrs(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	c.near.Must(t, func() error {
		ns, err := enterNamespace()
		if err != nil {
			return err
		}
		li, err := ns.rt.LinkByName("bond0")
		if err != nil {
			return errors.Join(err, ns.leave())
		}
		addrs, err := ns.rt.Addrs(li.Index)
		for _, a := range addrs {
			if !a.Local.IsLinkLocalUnicast() {
				got = append(got, netip.PrefixFrom(a.Local, int(a.Bits)).String())
			}
		}
		return errors.Join(err, ns.leave())
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("addresses are %v, want %v", got, want)
	}
}

func TestStableAddr(t *testing.T) {
	c := layCable(t)
	get := func(ns interface{ Do(func() error) error }, name string) (addr net.HardwareAddr) {
		t.Helper()
		if err := ns.Do(func() (err error) {
			addr, err = StableAddr(c.dir, name)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	addr := get(c.near, "bond0")
	if !link.IsIndividual(addr) || addr[0]&2 == 0 {
		t.Errorf("StableAddr() = %s, want a locally administered individual address", addr)
	}
	if again := get(c.near, "bond0"); again.String() != addr.String() {
		t.Errorf("StableAddr() = %s, then %s, want the same", addr, again)
	}
	if other := get(c.near, "bond1"); other.String() == addr.String() {
		t.Errorf("two bonds have the same address %s", addr)
	}
	if other := get(c.far, "bond0"); other.String() == addr.String() {
		t.Errorf("two namespaces have the same address %s", addr)
	}
	files, err := filepath.Glob(filepath.Join(c.dir, "address-*-bond0"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	// A file that is cut off gives another address. Another user's file gives an error.
	for _, f := range files {
		if err := os.WriteFile(f, []byte("02:00"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if addr := get(c.near, "bond0"); !link.IsIndividual(addr) {
		t.Errorf("StableAddr() = %s after the file was cut off", addr)
	}
	for _, f := range files {
		if err := os.Chown(f, 12345, 0); err != nil {
			t.Fatal(err)
		}
	}
	err = c.near.Do(func() error {
		_, err := StableAddr(c.dir, "bond0")
		return err
	})
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("StableAddr() = %v with another user's file, want an error", err)
	}
	if _, err := StableAddr(c.dir, "../bond0"); err == nil {
		t.Error("StableAddr() took a name with a slash")
	}
}
