package bond

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// The names of package link.
type (
	// Link is one member link: see [link.Link].
	Link = link.Link
	// Port is a member that may have no data path of its own: see [link.Port].
	Port = link.Port
	// LinkState is the state of a member's link.
	LinkState = link.State
	// LinkStats counts the frames that the bond does not see.
	LinkStats = link.Stats
	// LinkError is the error of an operation on an interface.
	LinkError = link.Error
	// Device is the interface that the bond gives to the host.
	Device = link.Device
	// Frame is one Ethernet frame.
	Frame = link.Frame
	// Offload describes the work still to be done on a frame.
	Offload = link.Offload
	// OffloadFlags are the flags of an [Offload].
	OffloadFlags = link.OffloadFlags
	// GSOType is the kind of a large segment.
	GSOType = link.GSOType
)

// The constants of package link.
const (
	FrameBufferSize = link.BufferSize

	NeedsChecksum = link.NeedsChecksum
	DataValid     = link.DataValid

	GSONone  = link.GSONone
	GSOTCPv4 = link.GSOTCPv4
	GSOUDP   = link.GSOUDP
	GSOTCPv6 = link.GSOTCPv6
	GSOUDPL4 = link.GSOUDPL4
	GSOECN   = link.GSOECN
)

// The names of package netif, which opens Linux network interfaces.
type (
	// LinkConfig configures [OpenLink].
	LinkConfig = netif.Config
	// DeviceConfig configures [OpenDevice].
	DeviceConfig = netif.DeviceConfig
	// ReceivePolicy says which frames the members are asked to receive.
	ReceivePolicy = netif.ReceivePolicy
)

// The values of ReceivePolicy.
const (
	ReceiveAll       = netif.ReceiveAll
	ReceiveAddressed = netif.ReceiveAddressed
)

// DefaultStateDir is the default of StateDir: see [netif.DefaultStateDir].
const DefaultStateDir = netif.DefaultStateDir

// OpenLink opens a network interface as a member link: see [netif.OpenLink].
func OpenLink(cfg LinkConfig) (Link, error) {
	l, err := netif.OpenLink(cfg)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// OpenDevice makes a TAP device: see [netif.OpenDevice].
func OpenDevice(cfg DeviceConfig) (Device, error) {
	d, err := netif.OpenDevice(cfg)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// RemoveKeptDevices removes devices that [Bond.Suspend] left behind and that no [Open] has
// taken over: see [netif.RemoveKept].
func RemoveKeptDevices(stateDir string) error { return netif.RemoveKept(stateDir) }

// Restore restores interfaces that a dead process left as members: see [netif.Restore].
func Restore(stateDir string) error { return netif.Restore(stateDir) }
