package netif

import (
	"net"
	"net/netip"

	"github.com/lagkit/lagkit/bond/link"
)

// DeviceConfig describes the device that [OpenDevice] makes.
type DeviceConfig struct {
	// Name is the interface's name, at most 15 octets. It must not be in use, except with
	// Adopt by an interface that was kept.
	Name string

	// HardwareAddr is the MAC address. Nil lets the kernel choose one.
	HardwareAddr net.HardwareAddr

	// MTU is in octets of payload. 0 means 1500.
	MTU int

	// Addresses are the IP addresses.
	Addresses []netip.Prefix

	// Queues is the number of queues, 1 to 256. 0 means 1. A thread of its own can read and
	// write each queue. With more than one the host spreads flows over them by its own hash;
	// the frames of a flow stay in order unless the host moves it to another queue.
	Queues int

	// NoOffload makes the host hand over frames that fit the MTU and have finished checksums.
	// It costs most of the speed of bulk traffic.
	NoOffload bool

	// Adopt takes over the interface of that name that [Device.Keep] left, if it exists, with
	// its routes, bridge and addresses. Otherwise OpenDevice first removes an interface that
	// was left, and makes a new one. It refuses a name that any other interface has.
	Adopt bool

	// StateDir is the directory for the record of a kept interface. Empty means
	// [DefaultStateDir].
	StateDir string

	// Handed, if not nil, is the device on its way from another process. It is opened as it is,
	// and is paused until Resume: see [link.Hander]. Name and StateDir are used; the other
	// fields then have no meaning, as the other process has set them. The caller closes
	// Handed's descriptors.
	Handed *link.Handed
}
