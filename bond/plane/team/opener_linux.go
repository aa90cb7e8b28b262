package team

import (
	"errors"
	"net"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/lacp"
)

// Opener opens the interfaces of a bond whose [Plane] carries its frames, for
// bond.OpenConfig.Opener.
type Opener struct {
	ns     *netif.Namespace
	device string
}

// NewOpener returns an opener for a bond whose device has a name, in the calling thread's network
// namespace.
func NewOpener(device string) (*Opener, error) {
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, err
	}
	return &Opener{ns, device}, nil
}

// OpenLink makes an interface a member by [netif.OpenMember]. Its MAC address and MTU are set by
// way of the device from then on.
func (o *Opener) OpenLink(cfg netif.Config) (link.Port, error) {
	cfg.PortOf = o.device
	m, err := o.ns.OpenMember(cfg)
	if err != nil {
		return nil, err // a nil *member is no nil Port
	}
	return &opened{m}, nil
}

// OpenDevice makes a device by [OpenDevice]. It adopts a device that an earlier process left,
// whether Adopt is set or not. It has one queue.
func (o *Opener) OpenDevice(cfg netif.DeviceConfig) (f link.Face, err error) {
	err = o.ns.Do(func() error {
		d, err := OpenDevice(DeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU, Addresses: cfg.Addresses})
		if err == nil {
			f = d
		}
		return err
	})
	return f, err
}

// Arrivals returns a channel that gets a value when an interface may have appeared.
func (o *Opener) Arrivals() (<-chan struct{}, error) { return o.ns.Arrivals() }

// Close releases the namespace.
func (o *Opener) Close() error { return o.ns.Close() }

// opened is a member that is to become a port of the team. It has the abilities of
// [netif.Member] but those that a port's driver refuses.
type opened struct{ m *netif.Member }

func (p *opened) Name() string                        { return p.m.Name() }
func (p *opened) Names() []string                     { return p.m.Names() }
func (p *opened) HardwareAddr() net.HardwareAddr      { return p.m.HardwareAddr() }
func (p *opened) Index() int                          { return p.m.Index() }
func (p *opened) ReadControl(buf []byte) (int, error) { return p.m.ReadControl(buf) }
func (p *opened) WriteControl(frame []byte) error     { return p.m.WriteControl(frame) }
func (p *opened) SetPartner(source lacp.MAC) error    { return p.m.SetPartner(source) }
func (p *opened) Watch(report func(link.State))       { p.m.Watch(report) }
func (p *opened) State() (link.State, bool)           { return p.m.State() }
func (p *opened) Stats() link.Stats                   { return p.m.Stats() }
func (p *opened) Keep() error                         { return p.m.Keep() }
func (p *opened) Close() error                        { return p.m.Close() }

// Check reports whether the kernel has a team driver that this process may use: the error is
// [errors.ErrUnsupported] without one. The kernel loads the driver for that, if it can.
func Check() error {
	d, err := OpenDevice(DeviceConfig{Name: probeName})
	if err != nil {
		return err
	}
	driver, err := openDriver()
	if err == nil {
		err = driver.close()
	}
	return errors.Join(err, d.Close())
}

// probeName is the name of the device that Check makes and removes.
const probeName = "lagkit-team"

// Remove removes the device of a name that a process has left which ended without closing it, in
// the calling thread's network namespace. Its members are ports of no device then, and down. It
// does nothing if there is no such interface. It refuses a device that a process has, with a
// [*netif.OwnedError], and an interface that is no team.
func Remove(name string) error {
	t, err := newTeams()
	if err != nil {
		return &link.Error{Name: name, Op: "remove", Err: err}
	}
	return errors.Join(netif.RemoveKernelDevice(name, t), t.Close())
}
