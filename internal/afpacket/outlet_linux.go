package afpacket

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// Outlet sends frames on any interface of a network namespace. It opens its socket with the first
// frame, and needs CAP_NET_RAW from then on. Its methods may be called from any goroutine.
type Outlet struct {
	within func(func() error) error

	mu     sync.Mutex
	fd     int // -1: not open yet
	closed bool
}

// NewOutlet returns an outlet of the namespace that within calls a function in.
func NewOutlet(within func(func() error) error) *Outlet { return &Outlet{within: within, fd: -1} }

// Send sends a frame, which has an Ethernet header, on the interfaces with these indexes. It does not
// wait. The error is [net.ErrClosed] or the kernel's for each.
func (o *Outlet) Send(indexes []uint32, frame []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.open(); err != nil {
		return err
	}
	var errs []error
	for _, index := range indexes {
		to := &unix.SockaddrLinklayer{Ifindex: int(index), Protocol: binary.NativeEndian.Uint16(frame[12:])}
		errs = append(errs, unix.Sendto(o.fd, frame, unix.MSG_DONTWAIT, to))
	}
	return errors.Join(errs...)
}

func (o *Outlet) open() error {
	switch {
	case o.closed:
		return net.ErrClosed
	case o.fd >= 0:
		return nil
	}
	return o.within(func() (err error) {
		o.fd, err = packetSocket() // it receives nothing
		return err
	})
}

// Close closes the socket.
func (o *Outlet) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.fd < 0 {
		o.closed = true
		return nil
	}
	o.closed = true
	return unix.Close(o.fd)
}
