package user

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/gso"
)

// receiveDepth is how many frames wait for a receiver before more are dropped.
const receiveDepth = 1024

// receiveQueue holds the frames that wait for a receiver, in buffers it reuses.
type receiveQueue struct {
	mu       sync.Mutex
	some     sync.Cond
	ring     [][]byte
	head     int
	count    int
	closed   bool
	deadline time.Time
	timer    *time.Timer
}

func (q *receiveQueue) init() {
	q.some.L = &q.mu
	q.ring = make([][]byte, receiveDepth)
}

// put queues frames in the form that they have on the wire.
func (q *receiveQueue) put(u *Plane, frames []link.Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range frames {
		if err := gso.Finish(&frames[i], func(frame []byte) {
			if q.count == receiveDepth {
				u.counters.rxDropped.Add(1)
				return
			}
			slot := &q.ring[(q.head+q.count)%receiveDepth]
			*slot = append((*slot)[:0], frame...)
			q.count++
		}); err != nil {
			u.counters.rxMalformed.Add(1)
		}
	}
	q.some.Broadcast()
}

func (q *receiveQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if q.timer != nil {
		q.timer.Stop()
	}
	q.some.Broadcast()
}

// setDeadline sets when waits end; zero means never.
func (q *receiveQueue) setDeadline(t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadline = t
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if !t.IsZero() && !q.closed {
		q.timer = time.AfterFunc(time.Until(t), func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.some.Broadcast()
		})
	}
	q.some.Broadcast()
}

// wait waits for a frame. The caller holds the lock.
func (q *receiveQueue) wait() error {
	for q.count == 0 {
		switch {
		case q.closed:
			return net.ErrClosed
		case !q.deadline.IsZero() && !time.Now().Before(q.deadline):
			return os.ErrDeadlineExceeded
		}
		q.some.Wait()
	}
	return nil
}

// take returns the next frame, which is valid while the lock is held.
func (q *receiveQueue) take() []byte {
	frame := q.ring[q.head]
	q.head = (q.head + 1) % receiveDepth
	q.count--
	return frame
}

// Receive waits for a data frame, copies it to buf and returns its length. A frame longer than
// buf is lost, and the error is [io.ErrShortBuffer]. After Close the error is [net.ErrClosed].
//
// Receive returns every data frame that the members deliver, including those to the MAC
// addresses of other stations. If the bond has a device, frames go to the device instead, and
// frames of an EtherType that has a [Plane.PacketConn] go to that.
func (u *Plane) Receive(buf []byte) (int, error) {
	q := &u.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wait(); err != nil {
		return 0, err
	}
	frame := q.take()
	if len(frame) > len(buf) {
		return 0, io.ErrShortBuffer
	}
	return copy(buf, frame), nil
}

// ReceiveBatch waits for data frames and copies those that are queued, up to the shorter
// length of bufs and sizes: frame i into bufs[i], and its length into sizes[i]. It returns how
// many it copied. A frame longer than its buffer is lost; the error is then
// [io.ErrShortBuffer], along with the number of frames before it. After Close the error is
// [net.ErrClosed].
func (u *Plane) ReceiveBatch(bufs [][]byte, sizes []int) (n int, err error) {
	most := min(len(bufs), len(sizes))
	if most == 0 {
		return 0, nil
	}
	q := &u.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wait(); err != nil {
		return 0, err
	}
	for n < most && q.count > 0 {
		frame := q.take()
		if len(frame) > len(bufs[n]) {
			return n, io.ErrShortBuffer
		}
		sizes[n] = copy(bufs[n], frame)
		n++
	}
	return n, nil
}
