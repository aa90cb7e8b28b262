package main

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// choosePlane returns the plane that carries a bond's frames. kernel reports whether programs in
// the kernel can be used here; the error is its answer if the file demands them.
func choosePlane(c *config.Bond, kernel func() error) (view.DataPlane, error) {
	switch c.DataPlane {
	case config.PlaneEBPF:
		return view.DataPlane{Name: config.PlaneEBPF}, kernel()
	case config.PlaneAuto:
		return fastestPlane(c, kernel), nil
	}
	return view.DataPlane{Name: config.PlaneUser}, nil
}

// fastestPlane returns the fastest plane that can carry a bond's frames.
func fastestPlane(c *config.Bond, kernel func() error) view.DataPlane {
	if key, value := c.OnlyUser(); key != "" {
		return view.DataPlane{Name: config.PlaneUser, Why: "only this process can carry frames with " + key + " " + value}
	}
	if err := kernel(); err != nil {
		return view.DataPlane{Name: config.PlaneUser, Why: err.Error()}
	}
	return view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}
}

// untilItSucceeds returns a check that is not made again once it has succeeded: what the kernel can
// do, it can do until the next boot. A bond is not closed because a later check fails for want of
// descriptors.
func untilItSucceeds(check func() error) func() error {
	var done atomic.Bool
	return func() error {
		if done.Load() {
			return nil
		}
		err := check()
		done.Store(err == nil)
		return err
	}
}

// usePlane makes a plane carry the bond's frames.
func (d *daemon) usePlane(p view.DataPlane, cfg *bond.OpenConfig) error {
	if p.Name == config.PlaneUser {
		return nil
	}
	ends, err := d.host.useKernel(cfg)
	if err != nil {
		return err
	}
	if ends != nil {
		d.log.Warn("frames stop whenever lacpd does: mount a BPF file system to let them go on", "bond", cfg.Name, "why", ends)
	}
	name := cfg.Name
	cfg.Saved = func(s lacp.Saved) {
		octets, _ := s.MarshalBinary() // it never fails
		if err := writeFile(d.savedFile(name), octets); err != nil {
			d.log.Warn("protocol state not saved, a start after a kill forms the LAG from the beginning", "bond", name, "error", err)
		}
	}
	return nil
}

// kernelKind is the kind of the device that the kernel's programs serve.
const kernelKind = "veth"

// removeLeft removes the device that a lacpd that was killed has left, if the frames of the bond
// now pass through this process.
func (d *daemon) removeLeft(name string, links hostLinks) error {
	if l := links.find(name); l == nil || !l.left || l.kind != kernelKind {
		return nil
	}
	return d.host.removeKernel(name)
}

// removeStray removes what a lacpd that was killed has left of bonds that the file no longer has.
func (d *daemon) removeStray(bonds []managed) error {
	var errs []error
	for _, name := range d.savedBonds() {
		if slices.ContainsFunc(bonds, func(m managed) bool { return m.cfg.Name == name }) {
			continue
		}
		if err := d.host.removeKernel(name); err != nil {
			errs = append(errs, err)
			continue
		}
		d.forget(name)
	}
	return errors.Join(errs...)
}

// kernelPorts returns the ports of the bonds whose frames the kernel carries. After a kill they go
// on, so they are not restored before their bonds are opened again.
func kernelPorts(bonds []config.Bond, kernel func() error) (ports []string) {
	for i := range bonds {
		if p, err := choosePlane(&bonds[i], kernel); err == nil && p.Name != config.PlaneUser {
			ports = append(ports, bonds[i].Ports...)
		}
	}
	return ports
}
