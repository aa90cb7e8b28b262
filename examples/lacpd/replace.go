package main

import (
	"slices"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// running returns the bonds that a reload may not replace unless the file asks for it.
func (d *daemon) running() (list []config.Running) {
	links := d.links()
	for _, m := range d.list() {
		if m.live == nil {
			continue
		}
		st := m.live.Status()
		ports := slices.Clone(m.cfg.Ports)
		for i := range st.Members {
			ports = append(ports, st.Members[i].Name, st.Members[i].Link.Renamed)
		}
		list = append(list, config.Running{Name: m.cfg.Name, Mode: st.Mode, Ports: links.allNames(ports)})
	}
	return list
}

// runningOf returns the same of the bonds that a lacpd reports.
func runningOf(v view.Status, links hostLinks) (list []config.Running) {
	for i := range v.Bonds {
		b := &v.Bonds[i]
		mode, err := bond.ParseMode(b.Mode)
		if !b.Running || err != nil { // a newer lacpd may have other modes
			continue
		}
		var ports []string
		for _, m := range b.Members {
			ports = append(ports, m.Name, m.Interface)
		}
		for _, m := range b.Missing {
			ports = append(ports, m.Name)
		}
		list = append(list, config.Running{Name: b.Name, Mode: mode, Ports: links.allNames(ports)})
	}
	return list
}

// allNames returns names, and all other names of the interfaces that have them.
func (l hostLinks) allNames(names []string) (all []string) {
	for _, name := range names {
		if name == "" {
			continue
		}
		all = append(all, name)
		if link := l.find(name); link != nil {
			all = append(append(all, link.name), link.altnames...)
		}
	}
	return all
}
