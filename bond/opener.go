package bond

import (
	"errors"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/allowed"
)

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
	if !ok || allowed.Unfinished(o.cfg.Offload, []link.Port{l}) {
		return nil
	}
	return d.SetOffload(false)
}
