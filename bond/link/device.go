package link

import (
	"net"
	"net/netip"
)

// Device is an Ethernet interface the bond gives to the host, such as bond0.
// [netif.OpenDevice] makes one on Linux.
//
// Read is called by one goroutine, Write by several at a time. After Close
// every call returns an error that is [net.ErrClosed], blocked ones too.
type Device interface {
	// Name is the interface's name.
	Name() string

	// HardwareAddr is the interface's address as last set.
	HardwareAddr() net.HardwareAddr

	// Read waits for frames the host sends and returns how many it put into
	// frames, as [Link.Read] does.
	Read(bufs [][]byte, frames []Frame) (int, error)

	// Write hands frames to the host and returns how many were taken. Frame n
	// is the one the error is about, those after it were not tried.
	Write(frames []Frame) (int, error)

	// SetCarrier says whether there is a path behind the interface.
	SetCarrier(up bool) error

	// SetMTU sets the MTU, in octets of payload.
	SetMTU(mtu int) error

	// SetHardwareAddr sets the address.
	SetHardwareAddr(addr net.HardwareAddr) error

	// SetAddresses makes prefixes the interface's IP addresses. Addresses that
	// were set by others are left alone.
	SetAddresses(prefixes []netip.Prefix) error

	// Close removes the interface.
	Close() error
}
