package bond

import (
	"time"

	"golang.org/x/sys/unix"
)

// How often the carrier is asked for. The kernel sends one carrier event of a
// device and second, so right after an event the next one would be late.
const (
	burstTime     = 1100 * time.Millisecond
	burstInterval = 2 * time.Millisecond
	fewInterval   = 10 * time.Millisecond
	manyInterval  = 100 * time.Millisecond
	fewLinks      = 64
)

// pollInterval is the pace for a number of links.
func pollInterval(links int, burst bool) time.Duration {
	switch {
	case burst:
		return burstInterval
	case links <= fewLinks:
		return fewInterval
	default:
		return manyInterval
	}
}

// kick makes the poll loop look at its pace again.
func (m *monitor) kick() {
	one := [8]byte{7: 1, 0: 1}
	_, _ = unix.Write(m.event, one[:])
}

// pollLoop sleeps in a system call of its own: waking a thread that waits in one
// costs a fraction of what a timer of the runtime does, a hundred times a second.
func (m *monitor) pollLoop() {
	defer m.done.Done()
	fds := []unix.PollFd{{Fd: int32(m.event), Events: unix.POLLIN}}
	var buf [8]byte
	for {
		m.mu.Lock()
		n, burst := len(m.links), time.Now().Before(m.burst)
		m.mu.Unlock()
		timeout := unix.NsecToTimespec(int64(pollInterval(n, burst)))
		ready, err := unix.Ppoll(fds, &timeout, nil)
		select {
		case <-m.stop:
			return
		default:
		}
		if ready > 0 {
			_, _ = unix.Read(m.event, buf[:])
		} else if err == nil {
			m.pollAll()
		}
	}
}

func (m *monitor) pollAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.links {
		if w.state.Removed {
			continue
		}
		up, ok := w.poll.carrier(m.ioctl)
		if !ok || up == w.state.Up {
			continue
		}
		s := w.state
		m.setCarrier(w, &s, up, false)
		m.publish(w, s)
	}
}
