package bond_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/race"
	"github.com/lagkit/lagkit/lacp"
)

// nullLink is up and discards all frames.
type nullLink struct {
	name    string
	changes *link.Reports
	closed  chan struct{}
}

func newNullLink(i int) *nullLink {
	l := &nullLink{"null" + strconv.Itoa(i), new(link.Reports), make(chan struct{})}
	l.changes.Put(bond.LinkState{Link: lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 10000}})
	return l
}

func (l *nullLink) Name() string                           { return l.name }
func (l *nullLink) HardwareAddr() net.HardwareAddr         { return net.HardwareAddr{2, 0, 0, 0, 9, l.name[4]} }
func (l *nullLink) Write(frames []bond.Frame) (int, error) { return len(frames), nil }
func (l *nullLink) WriteControl([]byte) error              { return nil }
func (l *nullLink) Watch(f func(link.State))               { l.changes.Watch(f) }
func (l *nullLink) Close() error                           { close(l.closed); return nil }

func (l *nullLink) Read([][]byte, []bond.Frame) (int, error) {
	<-l.closed
	return 0, net.ErrClosed
}

func (l *nullLink) ReadControl([]byte) (int, error) {
	<-l.closed
	return 0, net.ErrClosed
}

func newNullBond(t testing.TB, mode bond.Mode) *bond.Bond {
	t.Helper()
	b, err := bond.New(bond.Config{Mode: mode, Hash: hash.Layer34}, newNullLink(0), newNullLink(1), newNullLink(2), newNullLink(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

var sendingModes = []bond.Mode{bond.ModeFailover, bond.ModeLoadBalance, bond.ModeRoundRobin, bond.ModeBroadcast}

func testFrames() (frames [][]byte) {
	for i := range 32 {
		frames = append(frames, udp(i))
	}
	return frames
}

func TestSendAllocatesNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("not with the race detector: it makes pools forget what is put back")
	}
	for _, mode := range sendingModes {
		b := newNullBond(t, mode)
		frames := testFrames()
		// A pool may be emptied at any time, so the average only has to be well below one.
		if n := testing.AllocsPerRun(2000, func() {
			if _, err := b.SendBatch(frames); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations for a batch, want 0", mode, n)
		}
	}
}

// BenchmarkSendBatch measures the cost of a batch of 32 frames without the system calls.
func BenchmarkSendBatch(b *testing.B) {
	for _, mode := range sendingModes {
		b.Run(mode.String(), func(b *testing.B) {
			bd := newNullBond(b, mode)
			frames := testFrames()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bd.SendBatch(frames); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(frames)), "ns/frame")
		})
	}
}
