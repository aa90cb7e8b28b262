package netif

import (
	"errors"
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

func TestOpenLinkRefuses(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	c.near.Run(t, "ip", "link", "add", "name", "br0", "type", "bridge")
	c.near.Run(t, "ip", "link", "add", "name", "port0", "type", "veth", "peer", "name", "port1")
	c.near.Run(t, "ip", "link", "set", "dev", "port0", "master", "br0")
	var dev link.Device
	c.near.Must(t, func() (err error) {
		dev, err = OpenDevice(DeviceConfig{Name: "bond0"})
		return err
	})
	t.Cleanup(func() { _ = dev.Close() })
	for _, tt := range []struct {
		cfg         Config
		field, says string
	}{
		{Config{}, "Name", "1 to 127 octets"},
		{Config{Name: strings.Repeat("x", 128)}, "Name", "1 to 127 octets"},
		{Config{Name: "none0"}, "Name", "there is no such interface"},
		{Config{Name: "lo"}, "Name", "loopback"},
		{Config{Name: "port0"}, "Name", "br0"},
		{Config{Name: "bond0"}, "Name", "a bond's own device"},
		{Config{Name: nearName, HardwareAddr: net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 2}}, "HardwareAddr", "group"},
		{Config{Name: nearName, HardwareAddr: net.HardwareAddr{2, 0}}, "HardwareAddr", "6 octets"},
		{Config{Name: nearName, MTU: 60}, "MTU", "68 to 65535"},
		{Config{Name: nearName, MTU: 100000}, "MTU", "68 to 65535"},
	} {
		tt.cfg.StateDir = c.dir
		err := c.near.Do(func() error {
			_, err := OpenLink(tt.cfg)
			return err
		})
		var le *link.Error
		if !errors.As(err, &le) || le.Field != tt.field || !strings.Contains(le.Error(), tt.says) {
			t.Errorf("%+v: error %v, want a LinkError of %s that says %q", tt.cfg, err, tt.field, tt.says)
		}
	}
	// An interface can be a member only once.
	c.open(t, c.config())
	err := c.near.Do(func() error {
		_, err := OpenLink(c.config())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "member once") {
		t.Errorf("second open: %v", err)
	}
}

func TestOpenAndCloseLeaveNoDescriptors(t *testing.T) {
	netlab.Slow(t)
	c := layCable(t)
	cycle := func() {
		c.near.Must(t, func() error {
			l, err := OpenLink(c.memberConfig())
			if err != nil {
				return err
			}
			d, err := OpenDevice(DeviceConfig{Name: "bond0"})
			if err != nil {
				return err
			}
			return errors.Join(d.Close(), l.Close())
		})
	}
	cycle()
	before := netlab.Held(t)
	for range netlab.Rounds(25, 50) {
		cycle()
	}
	netlab.AwaitNoMore(t, before)
	if len(namespaces.open) != 0 {
		t.Errorf("%d namespaces still open, want 0", len(namespaces.open))
	}
}

func TestOpenDeviceRefusesAName(t *testing.T) {
	c := layCable(t)
	err := c.near.Do(func() error {
		_, err := OpenDevice(DeviceConfig{Name: nearName})
		return err
	})
	var le *link.Error
	if !errors.As(err, &le) || le.Field != "Name" || !errors.Is(err, unix.EEXIST) {
		t.Errorf("error %v, want a LinkError of Name that is EEXIST", err)
	}
}
