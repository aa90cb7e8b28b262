package netif

import (
	"bytes"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/internal/netlab"
)

// wireFar is the far end of a cable between namespaces.
type wireFar struct {
	t      *testing.T
	cable  *cable
	wire   *netlab.Wire
	frames chan []byte
}

func (c *cable) wireFar(t *testing.T) *wireFar {
	f := &wireFar{t, c, c.far.Wire(t, farName), make(chan []byte, 1024)}
	f.wire.IgnoreOutgoing(t)
	go func() {
		for {
			frame, err := f.wire.Read()
			if err != nil {
				return
			}
			f.frames <- bytes.Clone(frame)
		}
	}()
	return f
}

func (f *wireFar) Send(frame []byte) error { return f.wire.TrySend(frame) }

func (f *wireFar) Receive(limit time.Duration) []byte {
	select {
	case frame := <-f.frames:
		return frame
	case <-time.After(limit):
		return nil
	}
}

func (f *wireFar) SetUp(up bool) {
	if up {
		f.cable.far.Up(f.t, farName)
	} else {
		f.cable.far.Down(f.t, farName)
	}
}

func TestInterfaceIsALink(t *testing.T) {
	linktest.TestLink(t, func(t *testing.T) (link.Link, linktest.Far) {
		t.Parallel()
		c := layCable(t)
		return c.open(t, c.config()), c.wireFar(t)
	})
}

func TestInterfaceWithAReceiveRingIsALink(t *testing.T) {
	netlab.Slow(t)
	linktest.TestLink(t, func(t *testing.T) (link.Link, linktest.Far) {
		c := layCable(t)
		return c.openRing(t), c.wireFar(t)
	})
}

func TestInterfaceIsAPort(t *testing.T) {
	linktest.TestPort(t, func(t *testing.T) (link.Port, linktest.Far) {
		t.Parallel()
		c := layCable(t)
		return c.openPort(t), c.wireFar(t)
	})
}
