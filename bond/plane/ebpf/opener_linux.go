package ebpf

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// Opener opens the interfaces of a bond whose [Plane] carries its frames, for
// bond.OpenConfig.Opener.
type Opener struct{ ns *netif.Namespace }

// NewOpener returns an opener for the calling thread's network namespace.
func NewOpener() (*Opener, error) {
	ns, err := netif.CurrentNamespace()
	if err != nil {
		return nil, err
	}
	return &Opener{ns}, nil
}

// OpenLink makes an interface a member by [netif.OpenMember].
func (o *Opener) OpenLink(cfg netif.Config) (link.Port, error) {
	m, err := o.ns.OpenMember(cfg)
	if err != nil {
		return nil, err // a nil *Member is no nil Port
	}
	return m, nil
}

// OpenDevice makes a device by [OpenDevice]. It adopts a device that an earlier process left,
// whether Adopt is set or not. It has one queue.
func (o *Opener) OpenDevice(cfg netif.DeviceConfig) (f link.Face, err error) {
	err = o.ns.Do(func() error {
		d, err := OpenDevice(DeviceConfig{Name: cfg.Name, HardwareAddr: cfg.HardwareAddr, MTU: cfg.MTU,
			Addresses: cfg.Addresses, NoOffload: cfg.NoOffload, Handed: cfg.Handed})
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
