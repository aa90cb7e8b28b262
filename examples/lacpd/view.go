package main

import (
	"github.com/lagkit/lagkit/bond"
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
	v.MinLinks, v.Settings = m.cfg.MinLinks, viewSettings(&m.cfg)
	for _, a := range m.absent {
		v.Missing = append(v.Missing, view.Missing{Name: a.name, Why: a.why, Since: a.since})
	}
	if f := m.fault; f != nil {
		v.Fault = &view.Fault{Error: f.err.Error(), Since: f.since, NextTry: f.next}
	}
	v.Cause = view.Cause(&v)
	return v
}

// viewSettings returns the settings of the file that the status of a bond lacks.
func viewSettings(c *config.Bond) view.Settings {
	s := view.Settings{
		Description: c.Description,
		UpDelay:     int(c.UpDelay.Milliseconds()), DownDelay: int(c.DownDelay.Milliseconds()),
		Select: c.LACP.AggregatorPolicy.String(), MaxLinks: c.LACP.MaxLinks, Fallback: c.LACP.Fallback.String(),
		AdminDown: c.More.AdminDown, Primary: c.Failover.Primary, Reselect: c.More.Reselect.String(), MACPolicy: "ALL",
		AnnounceInterval: int(c.More.AnnounceInterval.Milliseconds()),
	}
	if c.More.MACPolicy == bond.MACActive {
		s.MACPolicy = "ACTIVE"
	}
	return s
}

// viewConfig returns the view of a bond that does not run.
func viewConfig(c *config.Bond) view.Bond {
	return view.Bond{Name: c.Name, Mode: c.Mode.String(), Active: !c.LACP.Passive, Rate: c.LACP.Rate.String(),
		Hash: c.Hash.String(), MTU: c.MTU, Members: []view.Member{}, Absent: view.Absent{Missing: []view.Missing{}, Removed: []view.Removed{}}}
}
