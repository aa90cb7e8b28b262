package ebpf

import (
	"errors"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/afpacket"
)

// DeviceConfig describes a [Device].
type DeviceConfig struct {
	// Name is the interface's name, 1 to 15 octets.
	Name string
	// HardwareAddr is its MAC address. Nil: that of an adopted device, or the kernel's choice.
	HardwareAddr net.HardwareAddr
	// MTU is 68 to 65535 octets of payload. 0: that of an adopted device, or 1500.
	MTU int
	// Addresses are its IP addresses.
	Addresses []netip.Prefix
	// NoOffload makes the host hand over frames that fit the MTU and have finished checksums,
	// for members that pass frames to programs as they are.
	NoOffload bool
	// Handed, if not nil, is the device on its way from another process: see [link.Hander]. Only
	// Name and NoOffload are used then. The caller closes its descriptors.
	Handed *link.Handed
}

// Device is the interface of a bond that a [Plane] serves: one end of a veth pair. What the
// host sends on it arrives at the other end, its peer, where the programs take it; and the
// other way round. So tools show frames, counters and queueing disciplines as on any
// interface. The carrier is the peer's administrative state.
type Device struct {
	*netif.KernelDevice
	veth   *veth
	outlet *afpacket.Outlet
}

// OpenDevice makes a device in the calling thread's network namespace by
// [netif.OpenKernelDevice]: up, without carrier, or as a process has left it that was killed or
// called Keep. OpenDevice needs CAP_NET_ADMIN. Errors are of type [*link.Error].
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	v, err := newVeth()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	v.offload = !cfg.NoOffload
	d, err := netif.OpenKernelDevice(netif.KernelDeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU,
		Addresses: cfg.Addresses, Handed: cfg.Handed}, v)
	if err != nil {
		return nil, err
	}
	return &Device{d, v, afpacket.NewOutlet(v.ns.Do)}, nil
}

// Peer returns the index of the interface's peer.
func (d *Device) Peer() int { return int(d.veth.peer.Load()) }

// SetOffload sets whether the host may hand over large segments and unfinished checksums.
func (d *Device) SetOffload(on bool) error {
	return d.Change("set offloads", func(index int) error {
		err := d.veth.setOffload(index, on)
		if err == nil || errors.Is(err, unix.ENODEV) {
			d.veth.offload = on
		}
		return err
	})
}

// Close removes the interface, unless Keep was called.
func (d *Device) Close() error { return errors.Join(d.outlet.Close(), d.KernelDevice.Close()) }
