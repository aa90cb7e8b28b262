package team

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// DeviceConfig describes a [Device].
type DeviceConfig = netif.KernelDeviceConfig

// Device is the interface of a bond that a [Plane] serves: a team of the kernel's driver. Its
// members follow its MTU at once, and its MAC address with the next plan.
type Device struct {
	*netif.KernelDevice
	teams *teams
}

// OpenDevice makes a device in the calling thread's network namespace by
// [netif.OpenKernelDevice]: up, without carrier, or as a process has left it, with its members,
// that was killed or called Keep. OpenDevice needs CAP_NET_ADMIN. Errors are of type
// [*link.Error]; the cause is [errors.ErrUnsupported] if the kernel has no team driver.
func OpenDevice(cfg DeviceConfig) (*Device, error) {
	t, err := newTeams()
	if err != nil {
		return nil, &link.Error{Name: cfg.Name, Op: "open", Err: err}
	}
	d, err := netif.OpenKernelDevice(cfg, t)
	if err != nil {
		return nil, err
	}
	return &Device{d, t}, nil
}

// teams is the [netif.DeviceDriver] of a [Device].
type teams struct {
	ns *netif.Namespace
	rt *rtnl.Conn
}

const deviceKind = "team" // of rtnetlink

// newTeams returns a driver in the calling thread's network namespace.
func newTeams() (*teams, error) {
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, err
	}
	t := &teams{ns: ns}
	err = ns.Do(func() (err error) {
		t.rt, err = rtnl.Open()
		return err
	})
	if err != nil {
		return nil, errors.Join(err, ns.Close())
	}
	return t, nil
}

// Close closes what newTeams has opened.
func (t *teams) Close() error { return errors.Join(t.rt.Close(), t.ns.Close()) }

// Make makes a team.
func (t *teams) Make(name string, addr net.HardwareAddr, mtu int) error {
	if err := t.rt.AddVirtual(deviceKind, name, addr, mtu); err != nil {
		return err
	}
	li, err := t.rt.LinkByName(name)
	if err != nil {
		return err
	}
	err = t.rt.SetGroup(li.Index, netif.DeviceGroup)
	if err == nil {
		// Before that the driver sets the carrier by its members' links.
		err = t.rt.SetCarrier(li.Index, false)
	}
	if err == nil {
		err = t.rt.SetUp(li.Index, true)
	}
	if err != nil {
		return errors.Join(err, t.rt.DeleteLink(li.Index))
	}
	return nil
}

// Find finds a team by its name.
func (t *teams) Find(name string) (index int, err error) {
	li, err := t.rt.LinkByName(name)
	if err != nil {
		return 0, err
	}
	if li.Kind != deviceKind || li.Group != netif.DeviceGroup {
		return 0, netif.ErrForeign
	}
	return int(li.Index), nil
}

// Dress does nothing: a team has no settings of this package's own.
func (t *teams) Dress(int) error { return nil }

// SetCarrier sets a team's carrier.
func (t *teams) SetCarrier(index int, up bool) error { return t.rt.SetCarrier(int32(index), up) }

// Remove removes a team.
func (t *teams) Remove(index int) error {
	li, err := t.rt.LinkByIndex(int32(index))
	if err == nil && li.Kind == deviceKind {
		err = t.rt.DeleteLink(int32(index))
	}
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}
