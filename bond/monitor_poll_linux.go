package bond

import "time"

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

func (m *monitor) pollLoop() {
	defer m.done.Done()
	timer := time.NewTimer(manyInterval)
	defer timer.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-m.wake:
		case <-timer.C:
			m.pollAll()
		}
		m.mu.Lock()
		n, burst := len(m.links), time.Now().Before(m.burst)
		m.mu.Unlock()
		timer.Reset(pollInterval(n, burst))
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
