package main

import (
	"errors"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// The values of data_plane.
const (
	planeUser = "user" // this process carries the frames
	planeEBPF = "ebpf" // programs in the kernel do
	planeAuto = "auto" // programs in the kernel if they can, else this process
)

// maxKernelPorts is the most ports of a bond whose frames programs in the kernel carry.
const maxKernelPorts = 64

// dataPlane is what carries a bond's frames, and why.
type dataPlane struct {
	Name string `json:"name"`
	Why  string `json:"why"` // empty if the file names it
}

// onlyUser returns the setting of a bond that only this process can carry out; an empty key: none.
func (c *bondConfig) onlyUser() (key, value string) {
	switch {
	case c.Mode == bond.ModeSLB:
		return "protocol", c.Mode.String()
	case len(c.Ports) > maxKernelPorts:
		return "ports", strconv.Itoa(len(c.Ports)) + " interfaces"
	case c.Mode != bond.ModeLACP && c.Mode != bond.ModeLoadBalance: // no hash
	case c.Hash == hash.Encap23 || c.Hash == hash.Encap34:
		return "xmit_hash_policy", c.Hash.String()
	case c.Hash != hash.Flow:
	case c.More.HashOptions.Symmetric:
		return "hash_symmetric", "true"
	case c.More.HashOptions.Inner:
		return "hash_inner", "true"
	}
	return "", ""
}

// choosePlane returns the plane that carries a bond's frames. kernel reports whether programs in
// the kernel can be used here; the error is its answer if the file demands them.
func choosePlane(c *bondConfig, kernel func() error) (dataPlane, error) {
	switch c.DataPlane {
	case planeEBPF:
		return dataPlane{Name: planeEBPF}, kernel()
	case planeAuto:
		return c.fastestPlane(kernel), nil
	}
	return dataPlane{Name: planeUser}, nil
}

// fastestPlane returns the fastest plane that can carry a bond's frames.
func (c *bondConfig) fastestPlane(kernel func() error) dataPlane {
	if key, value := c.onlyUser(); key != "" {
		return dataPlane{planeUser, "only this process can carry frames with " + key + " " + value}
	}
	if err := kernel(); err != nil {
		return dataPlane{planeUser, err.Error()}
	}
	return dataPlane{planeEBPF, "the kernel can carry the frames"}
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
func (d *daemon) usePlane(p dataPlane, cfg *bond.OpenConfig) error {
	if p.Name == planeUser {
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
func kernelPorts(bonds []bondConfig, kernel func() error) (ports []string) {
	for i := range bonds {
		if p, err := choosePlane(&bonds[i], kernel); err == nil && p.Name != planeUser {
			ports = append(ports, bonds[i].Ports...)
		}
	}
	return ports
}
