package main

import (
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// findRunning returns a bond that is open.
func (d *daemon) findRunning(name string) (managed, error) {
	var names []string
	for _, m := range d.list() {
		if m.cfg.Name == name && m.live != nil {
			return m, nil
		}
		names = append(names, m.cfg.Name)
	}
	return managed{}, control.Refused("bond", name, strings.Join(names, ", ")+", if it is open")
}

// findMember returns the bond that has a member, and the member's name there. Without the name
// of the bond it looks at all bonds.
func (d *daemon) findMember(bondName, member string) (m managed, name string, err error) {
	bonds := d.list()
	if bondName != "" {
		if m, err = d.findRunning(bondName); err != nil {
			return m, "", err
		}
		bonds = []managed{m}
	}
	links := d.links()
	var names []string
	for _, m := range bonds {
		if m.live == nil {
			continue
		}
		st := m.live.Status()
		if name, ok := nameIn(&st, member, links); ok {
			return m, name, nil
		}
		for i := range st.Members {
			names = append(names, st.Members[i].Name)
		}
	}
	return managed{}, "", control.Refused("member", member, strings.Join(names, ", "))
}
