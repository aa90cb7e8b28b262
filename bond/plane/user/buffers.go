package user

import "github.com/lagkit/lagkit/bond/link"

// batchSize is how many frames are read or written with one call.
const batchSize = 32

// readBuffers are what one goroutine reads frames into. A buffer has room for 64 KiB, so there is
// one at first, and twice as many after each read that has used them all, up to batchSize.
type readBuffers struct {
	bufs   [][]byte
	frames [batchSize]link.Frame
}

// read calls a Read method. The frames are valid until the next call.
func (r *readBuffers) read(read func([][]byte, []link.Frame) (int, error)) ([]link.Frame, error) {
	if len(r.bufs) == 0 {
		r.add(1)
	}
	n, err := read(r.bufs, r.frames[:])
	if n == len(r.bufs) && n < batchSize {
		r.add(min(n, batchSize-n))
	}
	return r.frames[:n], err
}

func (r *readBuffers) add(n int) {
	for range n {
		r.bufs = append(r.bufs, make([]byte, link.BufferSize))
	}
}
