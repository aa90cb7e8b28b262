package netif

import (
	"net"
	"net/netip"
)

// DeviceConfig says what [OpenDevice] makes.
type DeviceConfig struct {
	// Name is the interface's name, at most 15 octets. No interface may have it yet,
	// except with Adopt one that was kept.
	Name string

	// HardwareAddr is its MAC address. Nil lets the kernel choose one.
	HardwareAddr net.HardwareAddr

	// MTU in octets of payload. 0 means 1500.
	MTU int

	// Addresses are its IP addresses.
	Addresses []netip.Prefix

	// Queues is how many queues it has, each of which can be read and written by a
	// thread of its own, 1 to 256. 0 means 1. With more than one the host spreads
	// flows over them by its own hash; the frames of a flow stay in order unless
	// the host moves it to another queue.
	Queues int

	// NoOffload makes the host hand over frames of at most MTU with finished
	// checksums. It costs most of the speed of bulk traffic.
	NoOffload bool

	// Adopt takes over the interface of that name that [Device.Keep] left, if there is
	// one, with its routes, bridge and addresses. Otherwise one that was left is removed
	// first, and another is made. A name that any other interface has is refused.
	Adopt bool

	// StateDir is the directory for the record of an interface that is kept. Empty means
	// [DefaultStateDir].
	StateDir string
}
