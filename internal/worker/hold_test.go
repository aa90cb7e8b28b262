package worker

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
)

func TestHoldWaitsForTheJobsBefore(t *testing.T) {
	var w Worker
	var lock sync.Mutex
	var ran []string
	w.Post("", func() { ran = append(ran, "before") })
	goOn, err := w.Hold(t.Context(), nil, &lock)
	if err != nil {
		t.Fatal(err)
	}
	if len(ran) != 1 || lock.TryLock() {
		t.Errorf("%q ran, want the job before, and the lock held", ran)
	}
	done := make(chan struct{})
	w.Post("", func() { close(done) })
	select {
	case <-done:
		t.Error("a job runs while the worker is held")
	default:
	}
	close(goOn)
	<-done
	w.Stop()
	if !lock.TryLock() {
		t.Error("the lock is held after the worker goes on")
	}
}

func TestHoldGivesUp(t *testing.T) {
	var w Worker
	busy := make(chan struct{})
	w.Post("", func() { <-busy })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Hold(ctx, nil, new(sync.Mutex)); !errors.Is(err, context.Canceled) {
		t.Errorf("Hold() = %v, want %v", err, context.Canceled)
	}
	end := make(chan struct{})
	close(end)
	if _, err := w.Hold(t.Context(), end, new(sync.Mutex)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Hold() = %v, want %v", err, net.ErrClosed)
	}
	done := make(chan struct{})
	w.Post("", func() { close(done) })
	close(busy)
	<-done // the worker is not held by the two that gave up
	w.Stop()
}
