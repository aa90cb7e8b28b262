package netlab

import (
	"sync"
	"time"
)

// Lateness measures how much later than asked for this process gets to run. A test
// that judges a time adds it to its limit: where the machine has other work, what is
// tested is as late.
type Lateness struct {
	mu    sync.Mutex
	due   time.Time // when the probe is to run next
	slots []slot
	next  int // where the next slot goes once all are used
}

// slot is the worst of a stretch of time.
type slot struct {
	from, to time.Time
	worst    time.Duration
}

const (
	probeEvery = time.Millisecond
	slotLength = 100 * time.Millisecond
	mostSlots  = 10 * 60 * 10 // ten minutes

	// wakeups is how often processes wait for the machine, one after the other, until
	// both ends of a link have agreed: timers, sockets, a program's own queues.
	wakeups = 10
)

// WatchLateness measures until stop is called.
func WatchLateness() (l *Lateness, stop func()) {
	l = &Lateness{due: time.Now().Add(probeEvery)}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(probeEvery)
		defer timer.Stop()
		for {
			select {
			case <-end:
				return
			case <-timer.C:
				timer.Reset(l.probe(time.Now()))
			}
		}
	}()
	return l, func() {
		close(end)
		<-ended
	}
}

// probe notes how late it is, and returns how long to wait for the next time.
func (l *Lateness) probe(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	late := now.Sub(l.due)
	if n := len(l.slots); n > 0 {
		last := &l.slots[(l.next+n-1)%n]
		if l.due.Sub(last.from) < slotLength {
			last.to, last.worst = now, max(last.worst, late)
			l.due = now.Add(probeEvery)
			return probeEvery
		}
	}
	s := slot{l.due, now, late}
	if len(l.slots) < mostSlots {
		l.slots = append(l.slots, s)
	} else {
		l.slots[l.next] = s
		l.next = (l.next + 1) % mostSlots
	}
	l.due = now.Add(probeEvery)
	return probeEvery
}

// Since returns the worst lateness since a time, the one that is going on included.
func (l *Lateness) Since(start time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	worst := max(time.Since(l.due), 0)
	for _, s := range l.slots {
		if !s.to.Before(start) {
			worst = max(worst, s.worst)
		}
	}
	return worst
}

// Slack returns what a limit of time since start is to be extended by: as late as this
// process was at worst, at each of the steps that several processes take in turn.
func (l *Lateness) Slack(start time.Time) time.Duration { return wakeups * l.Since(start) }
