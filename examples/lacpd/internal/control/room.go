package control

import (
	"sync"
	"time"
)

// room holds the clients that are connected.
type room struct {
	mu       sync.Mutex
	sessions map[*session]bool
	freed    chan struct{} // receives a value when a client has left, if it has room
}

// enter waits until there is a place for a client and gives it that. A client that keeps lacpd
// waiting for longer than patience loses its place if another needs it.
func (r *room) enter(c *session) {
	for {
		wait := r.try(c)
		if wait == 0 {
			return
		}
		again := time.NewTimer(wait)
		select {
		case <-r.freed:
		case <-again.C:
		}
		again.Stop()
	}
}

// try gives the client a place and returns 0, or returns when to try again.
func (r *room) try(c *session) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sessions) < maxClients {
		if r.sessions == nil {
			r.sessions = make(map[*session]bool)
		}
		r.sessions[c] = true
		return 0
	}
	var slowest *session
	longest := time.Duration(-1)
	for other := range r.sessions {
		if waited, ok := other.keepsWaiting(); ok && waited > longest {
			slowest, longest = other, waited
		}
	}
	if longest < patience {
		return patience - max(longest, 0)
	}
	slowest.conn.Close() // it then leaves
	return patience
}

func (r *room) leave(c *session) {
	r.mu.Lock()
	delete(r.sessions, c)
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}

// clear ends all clients.
func (r *room) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.sessions {
		c.conn.Close()
	}
}
