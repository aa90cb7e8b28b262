package bond

import (
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/handing"
)

// handed makes the bond that another process hands over. It is paused.
func (o *opener) handed() (b *Bond, err error) {
	cfg := o.cfg
	s, err := handing.Read(&cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Plane == nil {
		cfg.Plane = user.New()
	}
	p, ok := cfg.Plane.(plane.Pauser)
	if !ok {
		return nil, allowed.Refuse("Plane", "one that can't be paused", "a plane.Pauser, for a bond that was handed over")
	}
	if err := p.Pause(); err != nil {
		return nil, err
	}
	links, err := s.Links(o, &cfg)
	if err == nil {
		cfg.Device, err = s.OpenDevice(o, &cfg)
	}
	for i, l := range links {
		if l == nil {
			links[i] = absent{name: s.Members[i].Name}
		}
	}
	if err == nil {
		b, err = newBond(cfg.Config, links, s)
	}
	if err != nil {
		closeLinks(links, cfg.Device)
		return nil, err
	}
	o.device = cfg.Device
	b.opener, b.provisional, b.keepDevice = o, s.Provisional, cfg.KeepDevice
	for i, l := range links {
		if s.Members[i].Wanted {
			b.want(l)
		}
	}
	return b, nil
}
