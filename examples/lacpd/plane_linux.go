package main

import (
	"errors"
	"syscall"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/bond/plane/team"
)

// checkKernel reports whether programs in the kernel can carry frames here.
func checkKernel() error { return ebpf.Check() }

// checkTeam reports whether the kernel's team driver can carry frames here.
func checkTeam() error { return plainTeam(team.Check()) }

// errNoTeam is the plain answer of a kernel without the team driver.
var errNoTeam = errors.New("this kernel has no team driver: modprobe team loads it where there is one")

// plainTeam replaces the kernel's answer for a kind of device that it does not know.
func plainTeam(err error) error {
	if errors.Is(err, syscall.EOPNOTSUPP) {
		return errNoTeam
	}
	return err
}

// removeKernel removes what a lacpd that was killed has left of a bond.
func removeKernel(bond string) error {
	err := team.Remove(bond)
	if errors.Is(err, netif.ErrForeign) {
		err = nil // no team, or another program's
	}
	return errors.Join(err, ebpf.Remove(ebpf.DefaultPins, bond))
}

// useTeam makes the kernel's team driver carry a bond's frames. They go on without lacpd.
func useTeam(cfg *bond.OpenConfig) (ends, err error) {
	opener, err := team.NewOpener(cfg.Name)
	if err != nil {
		return nil, err
	}
	cfg.Opener, cfg.Plane = opener, team.New()
	return nil, nil
}

// useKernel makes programs in the kernel carry a bond's frames. ends is why they end with lacpd;
// nil if they go on.
func useKernel(cfg *bond.OpenConfig) (ends, err error) {
	opener, err := ebpf.NewOpener()
	if err != nil {
		return nil, err
	}
	pins := ebpf.DefaultPins
	if ends = ebpf.CheckPins(pins); ends != nil {
		pins = ""
	}
	cfg.Opener, cfg.Plane = opener, ebpf.New(ebpf.Config{Pins: pins})
	return ends, nil
}
