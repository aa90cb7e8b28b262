package netif

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/ethtool"
	"github.com/lagkit/lagkit/internal/netlab"
)

// Read waits while the interface is gone, and continues with the next one.
func TestDeviceOutlivesItsInterfaceBOX04(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	addr := netip.MustParsePrefix("192.0.2.1/24")
	d := c.openDevice(t, DeviceConfig{Name: "bond0", HardwareAddr: bondAddr, MTU: 9000, Addresses: []netip.Prefix{addr}}).(*Device)
	type frame struct {
		payload string
		err     error
	}
	read := make(chan frame)
	go func() {
		bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
		for {
			n, err := d.Read(bufs, frames)
			if err != nil {
				read <- frame{err: err}
				return
			}
			if p := payloadOf(frames[0].Data); n == 1 && p != "" {
				read <- frame{payload: p}
			}
		}
	}()
	for _, want := range []string{"one", "two"} {
		c.raise(t, d)
		if err := d.SetSpeed(12345); err != nil {
			t.Error(err)
		}
		c.near.Wire(t, "bond0").Send(t, frameOf(macA, nil, want))
		if got := <-read; got.payload != want {
			t.Errorf("read %q, %v, want %q", got.payload, got.err, want)
		}
		c.near.Delete(t, "bond0")
		netlab.NextState(t, d, "gone", func(st link.State) bool { return st.Removed })
		if _, err := d.Write([]link.Frame{{Data: frameOf(macA, nil, "lost")}}); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("Write() = %v without an interface, want an error other than net.ErrClosed", err)
		}
		if err := d.SetMTU(8000); err != nil {
			t.Errorf("SetMTU() = %v without an interface, want it kept for the next", err)
		}
		if err := d.Remake(); err != nil {
			t.Fatal(err)
		}
		ifi := c.near.Interface(t, "bond0")
		if ifi.MTU != 8000 || ifi.HardwareAddr.String() != bondAddr.String() {
			t.Errorf("bond0 is %+v, want MTU 8000, %s", ifi, bondAddr)
		}
		if up, _ := ethtool.NewCarrierPoll("bond0").Carrier(d.ns.ioctl); !up {
			t.Error("no carrier")
		}
		if speed, _ := ethtool.SpeedDuplex(d.ns.ioctl, "bond0"); speed != 12345 {
			t.Errorf("speed %d, want 12345", speed)
		}
		c.wantAddrs(t, addr.String())
	}
	// While another interface has the name, the device has no interface, and the old one is
	// gone entirely.
	c.near.Delete(t, "bond0")
	netlab.NextState(t, d, "gone", func(st link.State) bool { return st.Removed })
	c.near.Run(t, "ip", "link", "add", "name", "bond0", "type", "bridge")
	var le *link.Error
	if err := d.Remake(); !errors.As(err, &le) || !errors.Is(err, unix.EEXIST) {
		t.Errorf("Remake() = %v, want an error about the name", err)
	}
	c.near.Delete(t, "bond0")
	if err := d.Remake(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-read; !errors.Is(got.err, net.ErrClosed) {
		t.Errorf("Read() = %v after Close, want net.ErrClosed", got.err)
	}
}

func TestRemadeDevicesLeaveNothingBOX04(t *testing.T) {
	c := layCable(t)
	d := c.openDevice(t, DeviceConfig{Name: "bond0", Queues: 3}).(*Device)
	remake := func() {
		t.Helper()
		c.near.Delete(t, "bond0")
		netlab.NextState(t, d, "gone", func(st link.State) bool { return st.Removed })
		if err := d.Remake(); err != nil {
			t.Fatal(err)
		}
	}
	remake()
	before := netlab.Held(t)
	for range 20 {
		remake()
	}
	netlab.AwaitNoMore(t, before)
}

func TestDeviceAddressesBOX07(t *testing.T) {
	c := layCable(t)
	d := c.openDevice(t, DeviceConfig{Name: "bond0"}).(*Device)
	set := func(list ...string) error {
		var prefixes []netip.Prefix
		for _, s := range list {
			prefixes = append(prefixes, netip.MustParsePrefix(s))
		}
		return d.SetAddresses(prefixes)
	}
	must := func(list ...string) {
		t.Helper()
		if err := set(list...); err != nil {
			t.Fatal(err)
		}
		c.wantAddrs(t, list...)
	}
	must("192.0.2.10/24", "2001:db8::1/64")
	must("192.0.2.11/24", "2001:db8::1/48") // an interface can't have an IPv6 address twice
	must("192.0.2.11/25", "2001:db8::1/64", "192.0.2.11/24")
	must("192.0.2.11/32")
	must("192.0.2.12/24", "192.0.2.13/24", "192.0.2.14/24")
	must("192.0.2.14/24")
	// An address that another program set stays, even if the kernel removes it.
	must("192.0.2.10/24")
	c.near.Run(t, "ip", "addr", "add", "192.0.2.50/24", "dev", "bond0", "label", "bond0:x")
	if err := set("198.51.100.1/24"); err != nil {
		t.Fatal(err)
	}
	c.wantAddrs(t, "192.0.2.50/24", "198.51.100.1/24")
	// A change that fails leaves all addresses as they were.
	c.near.AddAddr(t, nearName, "203.0.113.1/24")
	if err := set("192.0.2.60/24", "203.0.113.2/24"); err == nil {
		t.Error("SetAddresses() accepted a network of another interface")
	}
	c.wantAddrs(t, "192.0.2.50/24", "198.51.100.1/24")
	c.near.AddAddr(t, "bond0", "2001:db8::9/64")
	if err := set("192.0.2.60/24", "2001:db8::9/48"); err == nil {
		t.Error("SetAddresses() accepted an address that exists with another prefix length")
	}
	c.wantAddrs(t, "192.0.2.50/24", "198.51.100.1/24", "2001:db8::9/64")
}
