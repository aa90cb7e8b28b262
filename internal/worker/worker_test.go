package worker

import (
	"errors"
	"net"
	"runtime"
	"slices"
	"testing"
)

func TestJobsRunInTheirOrderAndNamedOnesOnce(t *testing.T) {
	var w Worker
	var ran []string
	begin, end := make(chan struct{}), make(chan struct{})
	w.Post("first", func() { <-begin })
	w.Post("twice", func() { ran = append(ran, "twice") })
	w.Post("", func() { ran = append(ran, "unnamed") })
	w.Post("twice", func() { ran = append(ran, "twice again") })
	w.Post("", func() { ran = append(ran, "unnamed again"); close(end) })
	close(begin)
	<-end
	w.Stop()
	if want := []string{"twice", "unnamed", "unnamed again"}; !slices.Equal(ran, want) {
		t.Errorf("jobs ran: %q, want %q", ran, want)
	}
}

func TestJobOfTheSameNameRunsAgainAfterTheFirstHasBegun(t *testing.T) {
	var w Worker
	begun, begin, end := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.Post("look", func() { close(begun); <-begin })
	<-begun
	w.Post("look", func() { close(end) })
	close(begin)
	<-end
	w.Stop()
}

// untilWaiting returns when n jobs wait.
func (w *Worker) untilWaiting(n int) {
	for waiting := -1; waiting != n; runtime.Gosched() {
		w.mu.Lock()
		waiting = len(w.waiting)
		w.mu.Unlock()
	}
}

func TestStopDropsTheJobsThatWait(t *testing.T) {
	var w Worker
	begun, begin := make(chan struct{}), make(chan struct{})
	ended, dropped := false, true
	w.Post("", func() { close(begun); <-begin; ended = true })
	<-begun
	w.Post("", func() { dropped = false })
	stopped := make(chan struct{})
	go func() { w.Stop(); close(stopped) }()
	w.untilWaiting(0) // Stop has dropped the second job
	close(begin)
	<-stopped
	w.Post("", func() { dropped = false })
	if !ended || !dropped {
		t.Errorf("after Stop: running job ended: %v, waiting jobs dropped: %v, want both", ended, dropped)
	}
}

func TestDoReturnsTheErrorOfTheJob(t *testing.T) {
	var w Worker
	defer w.Stop()
	busy := errors.New("busy")
	for _, want := range []error{nil, busy} {
		if err := w.Do(nil, func() error { return want }); !errors.Is(err, want) {
			t.Errorf("Do() = %v, want %v", err, want)
		}
	}
}

func TestDoWaitsAfterTheEndOnlyForAJobThatRuns(t *testing.T) {
	busy := errors.New("busy")
	var w Worker
	end, begun, begin := make(chan struct{}), make(chan struct{}), make(chan struct{})
	running, waiting := make(chan error), make(chan error)
	go func() { running <- w.Do(end, func() error { close(begun); <-begin; return busy }) }()
	<-begun
	go func() { waiting <- w.Do(end, func() error { t.Error("job ran after the end"); return nil }) }()
	w.untilWaiting(1)
	close(end)
	w.untilWaiting(0) // dropped
	close(begin)
	if err := <-running; !errors.Is(err, busy) {
		t.Errorf("Do() = %v for the job that ran, want %v", err, busy)
	}
	if err := <-waiting; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Do() = %v for the job that waited, want %v", err, net.ErrClosed)
	}
	if err := w.Do(end, func() error { return nil }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Do() = %v on a stopped worker, want %v", err, net.ErrClosed)
	}
}
