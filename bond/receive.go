package bond

import (
	"io"
	"net"
	"sync"
)

// receiveDepth is how many frames wait for Receive before more are dropped.
const receiveDepth = 1024

// receiveQueue holds the frames that wait for Receive, in buffers it reuses.
type receiveQueue struct {
	mu     sync.Mutex
	some   sync.Cond
	ring   [receiveDepth][]byte
	head   int
	count  int
	closed bool
}

func (q *receiveQueue) init() { q.some.L = &q.mu }

// put queues frames, each as it would be on the wire.
func (q *receiveQueue) put(b *Bond, frames []Frame) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range frames {
		if err := finish(&frames[i], func(frame []byte) {
			if q.count == receiveDepth {
				b.data.rxDropped.Add(1)
				return
			}
			slot := &q.ring[(q.head+q.count)%receiveDepth]
			*slot = append((*slot)[:0], frame...)
			q.count++
		}); err != nil {
			b.data.rxMalformed.Add(1)
		}
	}
	q.some.Broadcast()
}

func (q *receiveQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}

// Receive waits for a data frame, copies it to buf and returns its length. A
// frame longer than buf is lost, and the error is [io.ErrShortBuffer]. After
// Close the error is [net.ErrClosed].
//
// A bond with a device delivers frames there, and nothing is received here.
func (b *Bond) Receive(buf []byte) (int, error) {
	q := &b.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.count == 0 {
		if q.closed {
			return 0, net.ErrClosed
		}
		q.some.Wait()
	}
	frame := q.ring[q.head]
	q.head = (q.head + 1) % receiveDepth
	q.count--
	if len(frame) > len(buf) {
		return 0, io.ErrShortBuffer
	}
	return copy(buf, frame), nil
}
