package user

import (
	"testing"
	"testing/synctest"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
)

// gatedLink is a link that is read one frame at a time, as often as the test allows.
type gatedLink struct {
	*linktest.Link
	gate chan struct{}
}

func (l gatedLink) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	<-l.gate
	return l.Link.Read(bufs[:1], frames[:1])
}

// What arrived while a member collected is delivered, also if its reader is behind. What
// arrived later is not.
func TestFramesThatArrivedBeforeTheEndOfCollectingAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cable := linktest.NewCable("near", "far")
		near := gatedLink{cable.A, make(chan struct{})}
		u := New()
		if err := u.Open(plane.Host{MemberFailed: func(link.Port, error) {}, MemberReleased: func(link.Port, plane.MemberCounters) {}}); err != nil {
			t.Fatal(err)
		}
		apply := func(generation uint64, collecting bool) {
			t.Helper()
			if err := u.Apply(&plane.Plan{Generation: generation, MTU: 1500, Members: []plane.Member{{Port: near, Collecting: collecting}}}); err != nil {
				t.Fatal(err)
			}
		}
		send := func(from, to byte) {
			t.Helper()
			for n := from; n < to; n++ {
				if _, err := cable.B.Write([]link.Frame{{Data: ethernetFrame(ours, theirs, 0x88b5, n)}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		apply(1, true)
		send(0, 5)
		apply(2, false)
		send(5, 8)
		apply(3, false) // another plan changes nothing about that
		for range 8 {
			near.gate <- struct{}{}
		}
		synctest.Wait()
		sizes, bufs := make([]int, 16), make([][]byte, 16)
		for i := range bufs {
			bufs[i] = make([]byte, 1514)
		}
		n, err := u.ReceiveBatch(bufs, sizes)
		if n != 5 || err != nil {
			t.Errorf("%d frames received, error %v, want the 5 that arrived in time", n, err)
		}
		for i := range min(n, 5) {
			if got := bufs[i][14]; got != byte(i) {
				t.Errorf("frame %d has number %d, want %d", i, got, i)
			}
		}
		if got := u.MemberCounters(near).RxNotCollecting; got != 3 {
			t.Errorf("RxNotCollecting = %d, want 3", got)
		}
		cable.A.Close()
		close(near.gate)
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	})
}
