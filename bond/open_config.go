package bond

import (
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/allowed"
)

// OpenConfig selects the network interfaces that [Open] makes a bond of, and the device that
// it gives the host.
type OpenConfig struct {
	// Config is the configuration of the bond. Open makes its Device and calls it by its Name.
	Config

	// Interfaces are the names of the members. Their order is the order of the members for the
	// hash. Alternative names are allowed. The bond waits for an interface that does not
	// exist, or that is gone: the interface joins when it appears.
	Interfaces []string

	// NoDevice leaves the host without a device. The program sends and receives frames with
	// [Bond.Send] and [Bond.Receive].
	NoDevice bool

	// Queues is the number of queues of the device; see [netif.DeviceConfig].
	Queues int

	// Offload decides whether the host may pass large segments and unfinished checksums to the
	// device, which the members' drivers then finish.
	Offload OffloadMode

	// Receive selects the frames that the members are asked to receive: see [netif.Config].
	// The device filters these for itself; without a device [Bond.Receive] returns all of
	// them.
	Receive netif.ReceivePolicy

	// KeepDevice makes [Bond.Suspend] leave the device, without carrier, with its routes,
	// bridge and IP addresses, for the next Open with the same name in this namespace. If
	// there is no such Open, the device stays until [RemoveKeptDevices].
	KeepDevice bool

	// ReceiveRing, CarrierPoll, StateDir and AllowHostStack are those of [netif.Config].
	ReceiveRing    bool
	CarrierPoll    time.Duration
	StateDir       string
	AllowHostStack bool

	// Handed, if not nil, is a bond that [Bond.Pause] of another process has stopped, with the
	// settings that Config has. Open goes on with it by its descriptors, changes nothing of the
	// interfaces, and leaves it paused. Interfaces, HardwareAddr, MTU, Addresses, Routes, Description, Queues, Offload,
	// Receive, ReceiveRing and AllowHostStack have no meaning then: they are those of the other
	// process. Set can change the first of them later. The caller closes Handed, also if Open
	// succeeds.
	Handed *Handed

	// Opener opens the members and the device. Nil means those of package netif, in the network
	// namespace where Open is called. The bond closes it.
	Opener Opener
}

func (cfg *OpenConfig) check() error {
	if err := allowed.Config(&cfg.Config); err != nil {
		return err
	}
	if cfg.Device != nil {
		return allowed.Refuse("Device", cfg.Device.Name(), "none: Open makes it")
	}
	if n := len(cfg.Interfaces); n > maxLinks {
		return allowed.Refuse("Interfaces", strconv.Itoa(n)+" interfaces", "at most "+strconv.Itoa(maxLinks))
	}
	for i, name := range cfg.Interfaces {
		if slices.Contains(cfg.Interfaces[:i], name) || name == cfg.Name {
			return allowed.Refuse("Interfaces", name, "each interface once, and not the bond itself")
		}
		if err := allowed.Interface(name); err != nil {
			return err
		}
	}
	return nil
}
