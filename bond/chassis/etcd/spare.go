package etcd

import (
	"sync"
	"time"
)

// spare is how many requests may be sent to a further member because one is late. It keeps a cluster that
// has no processor time left from getting all requests of all chassis several times.
type spare struct {
	mu   sync.Mutex
	left float64
	at   time.Time // when left was right
}

const (
	mostSpare  = 6                      // at the start, and after a calm time
	spareEvery = 500 * time.Millisecond // how often one more is allowed
)

func newSpare() *spare { return &spare{left: mostSpare, at: time.Now()} }

// take takes one. Without one it returns how long that will last.
func (s *spare) take() (wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.left = min(s.left+float64(now.Sub(s.at))/float64(spareEvery), mostSpare)
	s.at = now
	if s.left < 1 {
		return time.Duration((1-s.left)*float64(spareEvery)) + 1
	}
	s.left--
	return 0
}
