package intake

import (
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// prefix is how much of a slow-protocols frame is kept, in octets.
const prefix = 160

// Frame is the beginning of a received slow-protocols frame.
type Frame struct {
	At   time.Time // when it was received
	len  int
	data [prefix]byte
}

// Data returns the beginning of the frame.
func (f *Frame) Data() []byte { return f.data[:f.len] }

// If a member is flooded with slow-protocols frames, its reader pauses for floodPause after
// each floodFrames frames beyond their budgets.
const (
	floodFrames = 64
	floodPause  = 10 * time.Millisecond
)

// Reader reads a member's slow-protocols frames within their budgets.
type Reader struct {
	Read    func([]byte) (int, error)
	Own     func(lacp.MAC) bool // reports whether an address is that of a member of this bond
	Partner func(lacp.MAC)      // is called when another source of LACPDUs becomes the partner
	Limited *atomic.Uint64      // counts the frames beyond the budgets
	Stop    <-chan struct{}     // ends a pause
}

// Run passes the frames to deliver until that returns false, or until Stop is closed during a
// pause. Otherwise the error is that of Read.
func (r *Reader) Run(deliver func(Frame) bool) error {
	buf := make([]byte, 2048)
	in := New(time.Now())
	for {
		n, err := r.Read(buf)
		if err != nil {
			return err
		}
		f := Frame{At: time.Now(), len: min(n, prefix)}
		before := in.Partner()
		within := in.Admit(f.At, buf[:n], r.Own)
		if partner := in.Partner(); partner != before {
			r.Partner(partner)
		}
		if !within {
			// The pause bounds the time spent on a flood. Meanwhile the kernel drops.
			if r.Limited.Add(1)%floodFrames == 0 {
				select {
				case <-time.After(floodPause):
				case <-r.Stop:
					return nil
				}
			}
			continue
		}
		copy(f.data[:], buf[:n])
		if !deliver(f) {
			return nil
		}
	}
}
