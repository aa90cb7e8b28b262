package worker

import (
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

func TestStopDropsTheJobsThatWait(t *testing.T) {
	var w Worker
	begun, begin := make(chan struct{}), make(chan struct{})
	ended, dropped := false, true
	w.Post("", func() { close(begun); <-begin; ended = true })
	<-begun
	w.Post("", func() { dropped = false })
	stopped := make(chan struct{})
	go func() { w.Stop(); close(stopped) }()
	for waiting := 1; waiting > 0; { // until Stop has dropped the second job
		w.mu.Lock()
		waiting = len(w.waiting)
		w.mu.Unlock()
	}
	close(begin)
	<-stopped
	w.Post("", func() { dropped = false })
	if !ended || !dropped {
		t.Errorf("after Stop: running job ended: %v, waiting jobs dropped: %v, want both", ended, dropped)
	}
}
