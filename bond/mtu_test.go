package bond_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// eager is a device whose host sends a frame of the new MTU as soon as the MTU is set.
type eager struct {
	frames chan []byte
	closed chan struct{}
}

func (e *eager) Name() string                           { return "bond0" }
func (e *eager) HardwareAddr() net.HardwareAddr         { return net.HardwareAddr{2, 0, 0, 0, 0, 1} }
func (e *eager) Write([]link.Frame) (int, error)        { return 0, nil }
func (e *eager) SetCarrier(bool) error                  { return nil }
func (e *eager) SetHardwareAddr(net.HardwareAddr) error { return nil }
func (e *eager) SetAddresses([]netip.Prefix) error      { return nil }
func (e *eager) Close() error                           { close(e.closed); return nil }

func (e *eager) SetMTU(mtu int) error {
	f := udp(1)
	e.frames <- append(f, make([]byte, mtu+14-len(f))...)
	<-e.frames // the frame has been read
	return nil
}

func (e *eager) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	select {
	case f := <-e.frames:
		frames[0] = link.Frame{Data: bufs[0][:copy(bufs[0], f)]}
		return 1, nil
	case e.frames <- nil: // the frames read before have been sent
		return 0, nil
	case <-e.closed:
		return 0, net.ErrClosed
	}
}

func TestFrameOfANewMTUIsNotTooLong(t *testing.T) {
	d := &eager{make(chan []byte), make(chan struct{})}
	b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance, Device: d}, linktest.NewCable("m0", "far0").A)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, mtu := range []int{9000, 1500} {
		if err := b.Set(func(c *bond.Config) { c.MTU = mtu }); err != nil {
			t.Fatal(err)
		}
		if got := b.Status().Counters.TxTooLong; got != 0 {
			t.Errorf("MTU %d: %d frames too long, want 0", mtu, got)
		}
	}
}
