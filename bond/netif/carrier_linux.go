package netif

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// How often the carrier is polled. After a quiet second the kernel reports a loss at once, but
// it reports later losses, of any device, only when a second has passed. So after every event,
// of any interface, the carrier is polled often. In between, polling only covers events of
// other namespaces, which delay ours unseen.
const (
	burstTime     = 1100 * time.Millisecond
	burstInterval = 2 * time.Millisecond
	idleInterval  = 200 * time.Millisecond
)

// interval is the current pace, the fastest that a link asks for. The caller holds the lock.
func (m *monitor) interval() time.Duration {
	if time.Now().Before(m.burst) {
		return burstInterval
	}
	interval := idleInterval
	for _, w := range m.links {
		if w.every > 0 {
			interval = min(interval, max(w.every, burstInterval))
		}
	}
	return interval
}

// kick makes the poll loop read its pace again.
func (m *monitor) kick() {
	one := [8]byte{7: 1, 0: 1}
	_, _ = unix.Write(m.event, one[:])
}

// pollLoop sleeps in its own system call. Waking a thread that waits in one, a hundred times a
// second, costs a fraction of what a timer of the runtime costs.
func (m *monitor) pollLoop() {
	defer m.done.Done()
	fds := []unix.PollFd{{Fd: int32(m.event), Events: unix.POLLIN}}
	var buf [8]byte
	for {
		m.mu.Lock()
		interval := m.interval()
		m.mu.Unlock()
		timeout := unix.NsecToTimespec(int64(interval))
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
		m.look(w)
	}
}

// look polls a link's carrier. The caller holds the lock.
func (m *monitor) look(w *watch) {
	if w.state.Removed {
		return
	}
	up, ok := w.poll.Carrier(m.ioctl)
	if !ok || up == w.state.Up {
		return
	}
	s := w.state
	m.setCarrier(w, &s, up, false)
	m.publish(w, s)
}

// lookNow polls a link's carrier out of turn and returns its state.
func (m *monitor) lookNow(w *watch) link.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.look(w)
	return w.state
}
