package planetest

import (
	"bytes"
	"net"
	"net/netip"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
)

// device is a bond's device, in memory.
type device struct {
	host   chan []byte // frames that the host sends
	got    chan []byte // frames that the host has received
	closed chan struct{}
	once   sync.Once
}

func newDevice() *device {
	return &device{host: make(chan []byte, 1024), got: make(chan []byte, 1024), closed: make(chan struct{})}
}

func (d *device) Name() string                               { return "bond0" }
func (d *device) HardwareAddr() net.HardwareAddr             { return net.HardwareAddr{2, 0, 0, 0, 0, 1} }
func (d *device) SetCarrier(bool) error                      { return nil }
func (d *device) SetMTU(int) error                           { return nil }
func (d *device) SetHardwareAddr(net.HardwareAddr) error     { return nil }
func (d *device) SetAddresses(prefixes []netip.Prefix) error { return nil }

func (d *device) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	select {
	case f := <-d.host:
		frames[0] = link.Frame{Data: bufs[0][:copy(bufs[0], f)]}
		return 1, nil
	case <-d.closed:
		return 0, net.ErrClosed
	}
}

func (d *device) Write(frames []link.Frame) (int, error) {
	for i, f := range frames {
		select {
		case d.got <- bytes.Clone(f.Data):
		case <-d.closed:
			return i, net.ErrClosed
		}
	}
	return len(frames), nil
}

func (d *device) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}
