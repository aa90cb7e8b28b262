package main

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// machine is the host at one moment, and what the running lacpd uses of it.
type machine struct {
	links   hostLinks
	refuses func(port string, mtu int) error // why an interface can't be a port; nil if it can
	kernels kernels                          // why planes in the kernel can't carry frames; nil: not asked
	bonds   []string                         // of the running lacpd
	members []string                         // of those bonds
}

// problems returns why bonds can't run on the machine. Problems that run would wait for are
// warnings.
func (m *machine) problems(bonds []config.Bond) config.Problems {
	var found config.Problems
	lines := make(map[int]int) // index of an interface to the line that names it as a port
	for i := range bonds {
		b := &bonds[i]
		at := b.KeyAt("name")
		if why := m.deviceName(b.Name); why != "" {
			found.Note(at, "name", b.Name, why)
		} else if l := m.links.find(b.Name); l != nil && l.left && !slices.Contains(m.bonds, b.Name) {
			found.Warn(at, "name", b.Name, "a device of this name exists: run uses it only if a lacpd left it")
		}
		if why := m.noPlane(b); why != nil {
			found.Note(b.KeyAt("data_plane"), "data_plane", b.DataPlane, why.Error())
		}
		for j, name := range b.Ports {
			at := b.PortAt(j)
			l := m.links.find(name)
			if l == nil {
				found.Warn(at, "ports", name, "no such interface yet: run starts without it and adds it when it appears")
				continue
			}
			if before, ok := lines[l.index]; ok && l.name != name {
				found.Refuse(at, "ports", name, "each interface once, it is "+l.name+", a port on line "+strconv.Itoa(before))
				continue
			}
			lines[l.index] = at.Line
			if p := m.port(name, b.MTU); p != nil {
				if p.At = at; p.Field == "mtu" && b.KeyAt("mtu") != (config.Position{}) {
					p.At = b.KeyAt("mtu")
				}
				found = append(found, *p)
			}
		}
	}
	found.Sort()
	return found
}

// noPlane returns why the plane that a bond demands can't run here, or nil. An ordinary user can't
// find out.
func (m *machine) noPlane(b *config.Bond) error {
	ask := map[string]func() error{config.PlaneEBPF: m.kernels.ebpf, config.PlaneTeam: m.kernels.team}[b.DataPlane]
	if ask == nil {
		return nil
	}
	if err := ask(); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// deviceName returns why a new device can't have a name, or "" if it can.
func (m *machine) deviceName(name string) string {
	l := m.links.find(name)
	if l == nil || l.left || slices.Contains(m.bonds, name) {
		return ""
	}
	return "an interface of this name exists" + l.what() + ": choose another name, or delete it"
}

// port returns why an interface can't be a port, or nil if it can or already is one.
func (m *machine) port(name string, mtu int) *config.Problem {
	err := m.refuses(name, mtu)
	var owned *netif.OwnedError
	if err == nil || errors.As(err, &owned) && !owned.Device && m.hasMember(name) {
		return nil
	}
	p := &config.Problem{Field: "ports", Value: name, Text: err.Error()}
	var le *bond.LinkError
	switch {
	case owned != nil:
		p.Text = owned.Error() + ": stop that process, or remove the interface from its bond"
	case errors.As(err, &le) && le.Field == "MTU":
		p.Field, p.Value, p.Text = "mtu", le.Value, "allowed: "+le.Allowed+" (port "+name+")"
	case errors.As(err, &le) && le.Allowed != "":
		p.Text = "allowed: " + le.Allowed
	}
	return p
}

func (m *machine) hasMember(name string) bool {
	return slices.ContainsFunc(m.members, func(member string) bool { return m.links.same(member, name) })
}
