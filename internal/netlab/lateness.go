package netlab

import (
	"sync"
	"time"
)

// Lateness measures how late this process runs compared with when it asked to. A test that
// checks a time adds the lateness to its limit: on a busy machine the code under test is late
// by as much.
type Lateness struct {
	every time.Duration // between probes
	steps int           // how many times Slack counts the worst

	mu    sync.Mutex
	due   time.Time // when the probe is due next
	slots []slot
	next  int // index of the next slot once all are used
}

// slot holds the worst lateness in an interval.
type slot struct {
	from, to time.Time
	worst    time.Duration
}

const (
	probeEvery = time.Millisecond
	slotLength = 100 * time.Millisecond
	mostSlots  = 10 * 60 * 10 // ten minutes

	// wakeups is how often processes wait for a processor, one after the other, until both
	// ends of a link have agreed: timers, sockets, a program's own queues.
	wakeups = 10
)

// WatchLateness measures until stop is called.
func WatchLateness() (l *Lateness, stop func()) {
	l = &Lateness{every: probeEvery, steps: wakeups}
	return l, l.watch(func() {})
}

// watch runs work as the probe until stop is called: what work takes counts as lateness.
func (l *Lateness) watch(work func()) (stop func()) {
	l.due = time.Now().Add(l.every)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(l.every)
		defer timer.Stop()
		for {
			select {
			case <-end:
				return
			case <-timer.C:
				work()
				timer.Reset(l.probe(time.Now()))
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// probe records how late it is, and returns how long to wait for the next time.
func (l *Lateness) probe(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	late := now.Sub(l.due)
	if n := len(l.slots); n > 0 {
		last := &l.slots[(l.next+n-1)%n]
		if l.due.Sub(last.from) < slotLength {
			last.to, last.worst = now, max(last.worst, late)
			l.due = now.Add(l.every)
			return l.every
		}
	}
	s := slot{l.due, now, late}
	if len(l.slots) < mostSlots {
		l.slots = append(l.slots, s)
	} else {
		l.slots[l.next] = s
		l.next = (l.next + 1) % mostSlots
	}
	l.due = now.Add(l.every)
	return l.every
}

// Since returns the worst lateness since a time, including the one still in progress.
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

// Slack returns how much longer a limit since start has to be. It allows for the worst
// lateness of this process at each of the steps that several processes take in turn.
func (l *Lateness) Slack(start time.Time) time.Duration {
	return time.Duration(l.steps) * l.Since(start)
}
