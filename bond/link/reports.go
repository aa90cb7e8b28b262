package link

import "sync"

// Reports passes the states of a link on to whoever watches it. It implements Watch for the
// links and devices that put their states into it. The zero value is ready for use.
type Reports struct {
	mu    sync.Mutex
	watch func(State)
	last  State
	known bool
}

// Put passes a state on, or keeps it for the first Watch.
func (r *Reports) Put(st State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.known = st, true
	if r.watch != nil {
		r.watch(st)
	}
}

// Watch makes f the function that gets the states, in place of an earlier one: the newest state
// at once, if there is any, and then each that is put. f must not block, nor call a method of
// Reports.
func (r *Reports) Watch(f func(State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch = f
	if r.known && f != nil {
		f(r.last)
	}
}

// States returns a channel of the states that a port or a device reports. A slow reader gets
// only the newest state. The channel is never closed.
func States(w interface{ Watch(func(State)) }) <-chan State {
	c := make(chan State, 1)
	w.Watch(func(st State) {
		select {
		case <-c:
		default:
		}
		c <- st // there is room: no one else puts states into the channel
	})
	return c
}
