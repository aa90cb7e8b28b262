package link

import (
	"net"
	"net/netip"
)

// Face is an Ethernet interface that the bond gives to the host, such as bond0: its name,
// address, MTU, carrier and IP addresses. After Close every call returns an error that is
// [net.ErrClosed].
type Face interface {
	// Name returns the interface's name.
	Name() string

	// HardwareAddr returns the address that was last set.
	HardwareAddr() net.HardwareAddr

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

// Device is a [Face] whose frames pass through this process. [netif.OpenDevice] makes one on
// Linux. A plane that carries frames in the kernel needs none.
//
// One goroutine calls Read, several at a time may call Write. Close ends a call that waits.
type Device interface {
	Face

	// Read waits for frames the host sends and returns how many it put into
	// frames, as [Link.Read] does.
	Read(bufs [][]byte, frames []Frame) (int, error)

	// Write hands frames to the host and returns how many were taken, n. An error is about
	// frame n; Write did not try those after it.
	Write(frames []Frame) (int, error)
}
