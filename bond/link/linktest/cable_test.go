package linktest

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

func TestCableIsALink(t *testing.T) {
	TestLink(t, func(t *testing.T) (link.Link, Far) {
		c := NewCable("a", "b")
		t.Cleanup(func() {
			c.A.Close()
			c.B.Close()
		})
		return c.A, &cableFar{c, c.B}
	})
}

// cableFar is the other end of a cable.
type cableFar struct {
	cable *Cable
	end   *Link
}

func (f *cableFar) Send(frame []byte) error {
	p := lacp.ParseSlow(frame)
	switch {
	case p.Kind == lacp.NotSlow:
		_, err := f.end.Write([]link.Frame{{Data: frame}})
		return err
	case !p.Untagged():
		return nil // no end of a cable takes it
	case binary.BigEndian.Uint16(frame[12:]) != link.EtherTypeSlow:
		frame = slices.Delete(slices.Clone(frame), 12, 16)
	}
	return f.end.WriteControl(frame)
}

func (f *cableFar) Receive(limit time.Duration) []byte {
	select {
	case frame := <-f.end.data:
		return frame.Data
	case frame := <-f.end.control:
		return frame
	case <-time.After(limit):
		return nil
	}
}

func (f *cableFar) SetUp(up bool) { f.cable.SetUp(up) }
