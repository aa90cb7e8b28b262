package catch

import (
	"bytes"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
)

// Station is the source of the frames of tests. The last octet varies.
var Station = [6]byte{2, 0x77, 0, 0, 0, 0}

// Arrival is a frame of a test at one of its ends.
type Arrival struct {
	End   int
	Frame []byte
}

// Listen passes the frames of [Station] that arrive at an interface to a channel, until the test
// ends. The interface is given by its index; 0 is every interface of the namespace.
func Listen(t *testing.T, ns *netlab.NS, index, end int, to chan<- Arrival) {
	t.Helper()
	var r *afpacket.Receiver
	ns.Must(t, func() (err error) {
		r, err = afpacket.OpenReceiver(int32(index))
		return err
	})
	t.Cleanup(func() { r.Close() })
	bufs, list := make([][]byte, 32), make([]link.Frame, 32)
	for i := range bufs {
		bufs[i] = make([]byte, link.BufferSize)
	}
	go func() {
		for {
			n, err := r.Read(bufs, list)
			if err != nil {
				return
			}
			for _, f := range list[:n] {
				if len(f.Data) > 12 && bytes.Equal(f.Data[6:11], Station[:5]) {
					to <- Arrival{end, bytes.Clone(f.Data)}
				}
			}
		}
	}()
}

// Next returns the next frame. It fails the test if none arrives.
func Next(t *testing.T, at string, frames <-chan Arrival) Arrival {
	t.Helper()
	select {
	case a := <-frames:
		return a
	case <-time.After(netlab.Patience):
		t.Fatalf("%s: no frame arrived", at)
		return Arrival{}
	}
}

// Quiet is how long a test waits for something that must not happen.
const Quiet = 50 * time.Millisecond

// None fails the test if a frame arrives.
func None(t *testing.T, at string, frames <-chan Arrival) {
	t.Helper()
	select {
	case a := <-frames:
		t.Errorf("%s: %x arrived at end %d, want no more frames", at, a.Frame, a.End)
	case <-time.After(Quiet):
	}
}
