package afpacket

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// One batch of frames from the queue or the ring into the buffers of the caller. Only the
// CPU time of Read counts.
func BenchmarkReceiverRead(b *testing.B) {
	for _, slots := range []int{0, RingSlots} {
		for _, length := range []int{60, 1500} {
			b.Run(fmt.Sprintf("%d slots, %d octets", slots, length), func(b *testing.B) {
				bed := layBed(b)
				r := bed.receiver(b, slots)
				if r.RingsRefused() != 0 {
					b.Skip("the kernel refuses receive rings")
				}
				var out [Batch]link.Frame
				bufs, in := make([][]byte, Batch), make([]link.Frame, Batch)
				for i := range out {
					out[i] = experiment(i, length)
					bufs[i] = make([]byte, link.BufferSize)
				}
				frames := 0
				var took int64
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				for b.Loop() {
					bed.send(b, out[:]...)
					for got := 0; got < Batch; {
						start := threadTime()
						n, err := r.Read(bufs, in)
						took += threadTime() - start
						if err != nil {
							b.Fatal(err)
						}
						got += n
						frames += n
					}
				}
				b.ReportMetric(float64(took)/float64(frames), "ns/frame")
			})
		}
	}
}

// threadTime returns the CPU time of the thread in nanoseconds.
func threadTime() int64 {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
	return now.Nano()
}
