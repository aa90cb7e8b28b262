package bond

import (
	"io/fs"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/internal/allowed"
)

// handed makes the bond that another process hands over. It is paused.
func (o *opener) handed() (b *Bond, err error) {
	cfg := o.cfg
	s, err := readHanded(&cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Restore, err = s.saved(); err != nil {
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
	cfg.HardwareAddr, cfg.MTU, cfg.Addresses, cfg.Routes, cfg.Description = s.Addr, s.MTU, s.Addresses, s.Routes, s.Description
	links, err := o.handedLinks(s)
	defer func() {
		if err != nil {
			closeLinks(links)
			if cfg.Device != nil {
				_ = cfg.Device.Close() // the cause is returned
			}
		}
	}()
	if err == nil && s.Device != nil {
		var part *link.Handed
		if part, err = s.Device.of(cfg.Handed); err == nil {
			cfg.Device, err = o.OpenDevice(netif.DeviceConfig{Name: cfg.Name, StateDir: cfg.StateDir, Handed: part})
		}
	}
	if err != nil {
		return nil, err
	}
	if b, err = newBond(cfg.Config, links, s); err != nil {
		return nil, err
	}
	o.device = cfg.Device
	b.opener, b.provisional, b.keepDevice = o, s.Provisional, cfg.KeepDevice
	for i := range s.Members {
		if e := &s.Members[i]; e.Wanted {
			b.wanted.Add(e.Name)
			if e.Link == nil {
				b.missing(time.Now(), e.Name, fs.ErrNotExist)
			}
		}
	}
	return b, nil
}

// handedLinks opens the members that another process hands over.
func (o *opener) handedLinks(s *handedBond) (links []link.Port, err error) {
	for i := range s.Members {
		e := &s.Members[i]
		if e.Link == nil {
			links = append(links, absent{name: e.Name})
			continue
		}
		part, err := e.Link.of(o.cfg.Handed)
		if err != nil {
			return links, err
		}
		l, err := o.OpenLink(netif.Config{Name: e.Name, CarrierPoll: o.cfg.CarrierPoll, StateDir: o.cfg.StateDir, Handed: part})
		if err != nil {
			return links, err
		}
		links = append(links, l)
		if _, ok := l.(link.Hander); !ok {
			return links, allowed.Refuse("Opener", "links that can't be paused", "links that are a link.Hander, for a bond that was handed over")
		}
	}
	return links, nil
}
