package handing

import (
	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/allowed"
)

// Links opens the members. A member whose interface has no link is nil. The caller closes them, also
// after an error.
func (s *Bond) Links(o config.Opener, cfg *config.OpenConfig) (links []link.Port, err error) {
	for i := range s.Members {
		e := &s.Members[i]
		if e.Link == nil {
			links = append(links, nil)
			continue
		}
		part, err := e.Link.Of(cfg.Handed)
		if err != nil {
			return links, err
		}
		l, err := o.OpenLink(netif.Config{Name: e.Name, CarrierPoll: cfg.CarrierPoll, StateDir: cfg.StateDir, Handed: part})
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

// OpenDevice opens the device; nil if the bond has none.
func (s *Bond) OpenDevice(o config.Opener, cfg *config.OpenConfig) (link.Face, error) {
	if s.Device == nil {
		return nil, nil
	}
	part, err := s.Device.Of(cfg.Handed)
	if err != nil {
		return nil, err
	}
	return o.OpenDevice(netif.DeviceConfig{Name: cfg.Name, StateDir: cfg.StateDir, Handed: part})
}
