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

// kernels report whether the planes in the kernel can be used here.
type kernels struct{ ebpf, team func() error }

// choosePlane returns the plane that carries a bond's frames. The error is the kernel's answer if
// the file demands a plane that it can't have.
func choosePlane(c *config.Bond, k kernels) (view.DataPlane, error) {
	switch c.DataPlane {
	case config.PlaneEBPF:
		return view.DataPlane{Name: config.PlaneEBPF}, k.ebpf()
	case config.PlaneTeam:
		return view.DataPlane{Name: config.PlaneTeam}, k.team()
	case config.PlaneAuto:
		return fastestPlane(c, k), nil
	}
	return view.DataPlane{Name: config.PlaneUser}, nil
}

// fastestPlane returns the fastest plane that can carry a bond's frames, and why it is not a faster
// one. The team driver comes after programs, which lose no frames at a change and hash by more
// policies.
func fastestPlane(c *config.Bond, k kernels) view.DataPlane {
	var why string
	if key, value := c.OnlyUser(); key != "" {
		why = "only this process can carry frames with " + key + " " + value
	} else if err := k.ebpf(); err != nil {
		why = err.Error()
	} else {
		return view.DataPlane{Name: config.PlaneEBPF, Why: "the kernel can carry the frames"}
	}
	if key, _ := c.NotTeam(); key == "" && k.team() == nil {
		return view.DataPlane{Name: config.PlaneTeam, Why: "the kernel's team driver can carry the frames, its programs can not: " + why}
	}
	return view.DataPlane{Name: config.PlaneUser, Why: why}
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
	if !p.InKernel() {
		return nil
	}
	use := d.host.useKernel
	if p.Name == config.PlaneTeam {
		use = d.host.useTeam
	}
	ends, err := use(cfg)
	if err != nil {
		return err
	}
	if ends != nil {
		d.log.Warn("frames stop whenever lacpd does: mount a BPF file system to let them go on", "bond", cfg.Name, "why", ends)
	}
	name := cfg.Name
	cfg.KeepDevice = true // by Suspend; the kernel goes on with it
	cfg.Saved = func(s lacp.Saved) {
		octets, _ := s.MarshalBinary() // it never fails
		if err := writeFile(d.savedFile(name), octets); err != nil {
			d.log.Warn("protocol state not saved, a start after a kill forms the LAG from the beginning", "bond", name, "error", err)
		}
	}
	return nil
}

// The kinds of the devices of the planes.
const (
	tapKind    = "tun"
	kernelKind = "veth"
	teamKind   = "team"
)

var deviceKinds = map[string]string{config.PlaneUser: tapKind, config.PlaneEBPF: kernelKind, config.PlaneTeam: teamKind}

// removeLeft removes the device that a lacpd before has left, if another plane carries the frames of
// the bond now.
func (d *daemon) removeLeft(name string, next view.DataPlane, links hostLinks) error {
	l := links.find(name)
	switch {
	case l == nil || !l.left || l.kind == deviceKinds[next.Name]:
		return nil
	case l.kind == tapKind:
		return d.host.removeTAP(d.args.stateDir, name)
	}
	return d.host.removeKernel(name)
}

// removeStray removes what a lacpd that was killed has left of bonds that the file no longer has.
func (d *daemon) removeStray(bonds []managed) error {
	var errs []error
	for _, name := range savedBonds(d.args.stateDir) {
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
func kernelPorts(bonds []config.Bond, k kernels) (ports []string) {
	for i := range bonds {
		if p, err := choosePlane(&bonds[i], k); err == nil && p.InKernel() {
			ports = append(ports, bonds[i].Ports...)
		}
	}
	return ports
}
