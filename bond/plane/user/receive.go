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

// put queues frames, each as it would be on the wire.
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

// setDeadline ends waits at a time; zero: never.
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
		case q.closed, q.ring == nil: // or the bond was never started
			return net.ErrClosed
		case !q.deadline.IsZero() && !time.Now().Before(q.deadline):
			return os.ErrDeadlineExceeded
		}
		q.some.Wait()
	}
	return nil
}

// take returns the next frame, which is good while the lock is held.
func (q *receiveQueue) take() []byte {
	frame := q.ring[q.head]
	q.head = (q.head + 1) % receiveDepth
	q.count--
	return frame
}

// Receive waits for a data frame, copies it to buf and returns its length. A
// frame longer than buf is lost, and the error is [io.ErrShortBuffer]. After
// Close the error is [net.ErrClosed].
//
// Every data frame that the members pass on is received, those to the MAC addresses
// of other stations too. With a device frames are delivered there, and those of an
// EtherType that has a [Plane.PacketConn] go to that; they are not received here.
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

// ReceiveBatch waits for data frames, copies what is there, up to the shorter
// length of bufs and sizes, frame i into bufs[i], sets sizes[i] to its length, and
// returns how many there are. A frame longer than its buffer is lost: the error
// is [io.ErrShortBuffer] then, beside those that came before it. After Close it is
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
