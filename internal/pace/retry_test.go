package pace

import (
	"testing"
	"time"
)

func TestRetryIsAtOnceUnlessTheLossCameSoon(t *testing.T) {
	r := Retry{Pause: time.Second, Lived: time.Minute}
	now := time.Unix(1000, 0)
	take := func(what string, wait time.Duration) {
		t.Helper()
		if got := r.Next().Sub(now); got != wait {
			t.Fatalf("%s: attempt after %v, want %v", what, got, wait)
		}
		now = now.Add(wait)
		if !r.Take(now) || r.Take(now) {
			t.Fatalf("%s: want the attempt once", what)
		}
	}
	if r.Take(now) {
		t.Error("attempt due before a loss, want none")
	}
	r.Made(now)
	now = now.Add(time.Minute)
	r.Lost(now)
	take("lost after a minute", 0)
	r.Failed(now)
	take("failed", time.Second)
	r.Made(now)
	now = now.Add(time.Second)
	r.Lost(now)
	take("lost soon again", time.Second)
	r.Made(now)
	now = now.Add(time.Minute)
	r.Lost(now)
	take("lost after another minute", 0)
}
