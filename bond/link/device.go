package link

import (
	"net"
	"net/netip"
)

// Device is an Ethernet interface the bond gives to the host, such as bond0.
// [netif.OpenDevice] makes one on Linux.
//
// One goroutine calls Read, several at a time may call Write. After Close every call, also a
// blocked one, returns an error that is [net.ErrClosed].
type Device interface {
	// Name returns the interface's name.
	Name() string

	// HardwareAddr returns the address that was last set.
	HardwareAddr() net.HardwareAddr

	// Read waits for frames the host sends and returns how many it put into
	// frames, as [Link.Read] does.
	Read(bufs [][]byte, frames []Frame) (int, error)

	// Write hands frames to the host and returns how many were taken, n. An error is about
	// frame n; Write did not try those after it.
	Write(frames []Frame) (int, error)

	// SetCarrier sets the carrier: up while there is a path behind the interface.
	SetCarrier(up bool) error

	// SetMTU sets the MTU, in octets of payload.
	SetMTU(mtu int) error

	// SetHardwareAddr sets the address.
	SetHardwareAddr(addr net.HardwareAddr) error

	// SetAddresses makes prefixes the interface's IP addresses. It leaves addresses alone that
	// other programs have set.
	SetAddresses(prefixes []netip.Prefix) error

	// Close removes the interface.
	Close() error
}
