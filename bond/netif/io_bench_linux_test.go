package netif

import (
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
)

// One frame from a member to the far end of its cable, where nothing reads.
func BenchmarkLinkWrite(b *testing.B) {
	near, far := netlab.New(b), netlab.New(b)
	netlab.Pair(b, near, nearName, far, farName)
	near.Up(b, nearName)
	far.Up(b, farName)
	var l link.Link
	near.Must(b, func() (err error) {
		l, err = OpenLink(Config{Name: nearName, StateDir: b.TempDir()})
		return err
	})
	defer l.Close()
	frames := make([]link.Frame, afpacket.Batch)
	for i := range frames {
		frames[i].Data = frameOf(macA, nil, "load")
	}
	b.ReportAllocs()
	for b.Loop() {
		if n, err := l.Write(frames); err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(frames)), "ns/frame")
}
