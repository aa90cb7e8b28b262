package main

import (
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// viewManaged returns the view of a bond, running or not.
func viewManaged(m *managed, links hostLinks) view.Bond {
	var v view.Bond
	if m.live != nil {
		v = view.Of(m.live.Status())
		v.DataPlane = m.plane
	} else {
		v = viewConfig(&m.cfg)
	}
	for i := range v.Members {
		// A member that was opened by an alternative name keeps it. Show the interface's name.
		if l := links.find(v.Members[i].Interface); l != nil {
			v.Members[i].Interface = l.name
		}
	}
	v.MinLinks = m.cfg.MinLinks
	for _, a := range m.absent {
		v.Missing = append(v.Missing, view.Missing{Name: a.name, Why: a.why, Since: a.since})
	}
	if f := m.fault; f != nil {
		v.Fault = &view.Fault{Error: f.err.Error(), Since: f.since, NextTry: f.next}
	}
	return v
}

// viewConfig returns the view of a bond that does not run.
func viewConfig(c *config.Bond) view.Bond {
	return view.Bond{Name: c.Name, Mode: c.Mode.String(), Active: !c.LACP.Passive, Rate: c.LACP.Rate.String(),
		Hash: c.Hash.String(), MTU: c.MTU, Members: []view.Member{}, Missing: []view.Missing{}}
}
