package bond

import (
	"errors"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// Opener opens the interfaces of a bond. A program with links or a device of another kind
// gives [Open] its own.
type Opener interface {
	// OpenLink opens an interface as a member. The error is [fs.ErrNotExist] if no interface
	// has that name: the bond then waits for it.
	OpenLink(netif.Config) (link.Port, error)

	// OpenDevice makes the device that the host uses.
	OpenDevice(netif.DeviceConfig) (link.Face, error)

	// Arrivals returns a channel that gets a value when an interface may have appeared.
	Arrivals() (<-chan struct{}, error)

	// Close is called once the members and the device are closed.
	Close() error
}

// opener opens interfaces with the settings of a bond.
type opener struct {
	Opener
	cfg    OpenConfig
	device link.Face // nil: none, or not yet
}

// member opens an interface as a member.
func (o *opener) member(name string, now *Config) (link.Port, error) {
	l, err := o.OpenLink(netif.Config{
		Name: name, HardwareAddr: now.HardwareAddr, KeepAddr: now.MACPolicy == MACActive, MTU: now.MTU,
		Receive: o.cfg.Receive, ReceiveRing: o.cfg.ReceiveRing, CarrierPoll: o.cfg.CarrierPoll, StateDir: o.cfg.StateDir, AllowHostStack: o.cfg.AllowHostStack,
	})
	if err != nil {
		return nil, err
	}
	if err := o.finishFrames(l); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// finishFrames makes the host pass on only finished frames if a member that joins now can't
// use others.
func (o *opener) finishFrames(l link.Port) error {
	d, ok := o.device.(link.OffloadSetter)
	if !ok || o.cfg.Offload.allows([]link.Port{l}) {
		return nil
	}
	return d.SetOffload(false)
}
