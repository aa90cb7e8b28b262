package bond

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
)

// Names of package link, kept for importers that know them from this package.
type (
	Link         = link.Link
	Port         = link.Port
	LinkState    = link.State
	LinkStats    = link.Stats
	LinkError    = link.Error
	Handed       = link.Handed
	Device       = link.Device
	Frame        = link.Frame
	Offload      = link.Offload
	OffloadFlags = link.OffloadFlags
	GSOType      = link.GSOType
	Route        = link.Route
)

// Constants of package link.
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

// Names of package netif, which opens Linux network interfaces.
type (
	LinkConfig    = netif.Config
	DeviceConfig  = netif.DeviceConfig
	ReceivePolicy = netif.ReceivePolicy
)

// Constants of package netif.
const (
	ReceiveAll       = netif.ReceiveAll
	ReceiveAddressed = netif.ReceiveAddressed
	DefaultStateDir  = netif.DefaultStateDir
)

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

// RemoveKeptDevices is [netif.RemoveKept].
func RemoveKeptDevices(stateDir string) error { return netif.RemoveKept(stateDir) }

// Restore is [netif.Restore].
func Restore(stateDir string) error { return netif.Restore(stateDir) }
