package readiness

import (
	"context"
	"errors"
	"net"
	"testing"
)

func TestWaitReturnsOnceItIsUp(t *testing.T) {
	r, done := New(), make(chan error, 1)
	go func() { done <- r.Wait(t.Context(), nil) }()
	before := r.Since()
	if r.Up() || r.Set(false) || !r.Set(true) || r.Set(true) || !r.Up() {
		t.Error("want it down at first, and only the change to up reported")
	}
	if err := <-done; err != nil {
		t.Errorf("Wait() = %v, want nil", err)
	}
	if r.Since().Before(before) {
		t.Errorf("up since %v, want after %v", r.Since(), before)
	}
}

func TestWaitEnds(t *testing.T) {
	r, ended := New(), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Wait(ctx, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait() = %v with a context that is done, want %v", err, context.Canceled)
	}
	close(ended)
	if err := r.Wait(context.Background(), ended); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Wait() = %v after the end, want %v", err, net.ErrClosed)
	}
}
