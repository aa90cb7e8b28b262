package config

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// OpenConfig selects the network interfaces that bond.Open makes a bond of, and the device that
// it gives the host.
type OpenConfig struct {
	// Config is the configuration of the bond. Open makes its Device and calls it by its Name.
	Config

	// Interfaces are the names of the members. Their order is the order of the members for the
	// hash. Alternative names are allowed. The bond waits for an interface that does not
	// exist, or that is gone: the interface joins when it appears.
	Interfaces []string

	// NoDevice leaves the host without a device. The program sends and receives frames with
	// bond.Bond.Send and bond.Bond.Receive.
	NoDevice bool

	// Queues is the number of queues of the device; see [netif.DeviceConfig].
	Queues int

	// Offload decides whether the host may pass large segments and unfinished checksums to the
	// device, which the members' drivers then finish.
	Offload OffloadMode

	// Receive selects the frames that the members are asked to receive: see [netif.Config].
	// The device filters these for itself; without a device bond.Bond.Receive returns all of
	// them.
	Receive netif.ReceivePolicy

	// KeepDevice makes bond.Bond.Suspend leave the device, without carrier, with its routes,
	// bridge and IP addresses, for the next Open with the same name in this namespace. If
	// there is no such Open, the device stays until bond.RemoveKeptDevices.
	KeepDevice bool

	// ReceiveRing, CarrierPoll, StateDir and AllowHostStack are those of [netif.Config].
	ReceiveRing    bool
	CarrierPoll    time.Duration
	StateDir       string
	AllowHostStack bool

	// Handed, if not nil, is a bond that bond.Bond.Pause of another process has stopped, with the
	// settings that Config has. Open goes on with it by its descriptors, changes nothing of the
	// interfaces, and leaves it paused. Interfaces, HardwareAddr, MTU, Addresses, Routes, Description, Queues, Offload,
	// Receive, ReceiveRing and AllowHostStack have no meaning then: they are those of the other
	// process. Set can change the first of them later. The caller closes Handed, also if Open
	// succeeds.
	Handed *link.Handed

	// Opener opens the members and the device. Nil means those of package netif, in the network
	// namespace where Open is called. The bond closes it.
	Opener Opener
}

// Opener opens the interfaces of a bond. A program with links or a device of another kind
// gives bond.Open its own.
type Opener interface {
	// OpenLink opens an interface as a member. The error is [io/fs.ErrNotExist] if no interface
	// has that name: the bond then waits for it.
	OpenLink(netif.Config) (link.Port, error)

	// OpenDevice makes the device that the host uses.
	OpenDevice(netif.DeviceConfig) (link.Face, error)

	// Arrivals returns a channel that gets a value when an interface may have appeared.
	Arrivals() (<-chan struct{}, error)

	// Close is called once the members and the device are closed.
	Close() error
}
