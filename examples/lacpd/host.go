package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
	"github.com/lagkit/lagkit/examples/lacpd/internal/guard"
	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
	"github.com/lagkit/lagkit/lacp"
)

// host is what lacpd needs from the machine. Tests use their own.
type host struct {
	allowed func() error                        // reports which privileges run lacks
	trusted func(config string, user int) error // why lacpd of a user does not use a file, by owner and mode
	limit   func(privilege.Limits) (privilege.Report, error)
	links   func() (hostLinks, error)
	refuses func(port string, mtu int) error // netif.CheckLink
	open    func(bond.OpenConfig) (liveBond, error)
	restore func(stateDir string, except ...string) error

	removeTAP    func(stateDir, bond string) error        // removes the device that a warm end has left
	removeKernel func(bond string) error                  // removes what a lacpd that was killed has left there
	kernel       func() error                             // reports whether programs in the kernel can carry frames
	useKernel    func(*bond.OpenConfig) (ends, err error) // makes them carry those of a bond
	team         func() error                             // reports whether the kernel's team driver can carry frames
	useTeam      func(*bond.OpenConfig) (ends, err error) // makes it carry those of a bond
	sweep        func(stateDir string) error              // bond.RemoveKeptDevices

	openStore   group.Open                                 // of a group of boxes
	startGuards func(*slog.Logger) (*guard.Process, error) // starts the process that guards links; nil: none

	bootTime func() time.Duration // since the boot, with the time that the machine was suspended
}

// liveBond is a running bond.
type liveBond interface {
	Status() bond.Status
	History(name string) ([]lacp.Transition, error)
	Explain(frame []byte) (bond.Explanation, error)
	Set(change func(*bond.Config)) error
	AddInterface(name string) error
	RemoveMember(name string) error
	Drain(member string, on bool) error
	SetGate(member, gate string, level lacp.Gate) error
	Watch(context.Context) <-chan bond.Event
	SetPermission(bond.Permission) error
	Suspend(context.Context) (lacp.Saved, error)
	Close() error
}

// kernels returns what reports which planes in the kernel can be used.
func (h *host) kernels() kernels { return kernels{h.kernel, h.team} }

// removeTAP removes the TAP device that a warm end has left. netif does so when it makes one of the
// same name without taking it over.
func removeTAP(stateDir, name string) error {
	d, err := bond.OpenDevice(bond.DeviceConfig{Name: name, StateDir: stateDir})
	if err != nil {
		return err
	}
	return d.Close()
}

var realHost = host{
	allowed: privilege.Check,
	trusted: privilege.CheckOwner,
	limit:   privilege.Drop,
	links:   findLinks,
	refuses: func(port string, mtu int) error { return netif.CheckLink(netif.Config{Name: port, MTU: mtu}) },
	open: func(cfg bond.OpenConfig) (liveBond, error) {
		b, err := bond.Open(cfg)
		if err != nil {
			return nil, err
		}
		return b, nil
	},
	restore:      netif.Restore,
	sweep:        bond.RemoveKeptDevices,
	kernel:       untilItSucceeds(checkKernel),
	useKernel:    useKernel,
	team:         untilItSucceeds(checkTeam),
	useTeam:      useTeam,
	removeTAP:    removeTAP,
	removeKernel: removeKernel,
	openStore:    group.OpenEtcd,
	startGuards:  startGuards,
	bootTime:     bootTime,
}
