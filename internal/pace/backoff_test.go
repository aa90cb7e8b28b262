package pace

import (
	"testing"
	"time"
)

func TestPauseDoublesFromTheFirstToTheMost(t *testing.T) {
	b := Backoff{First: 100 * time.Millisecond, Most: time.Second, Free: 3}
	for tries, want := range []time.Duration{0, 0, 0, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, time.Second, time.Second} {
		if got := b.Pause(tries); got != want {
			t.Errorf("Pause(%d) = %v, want %v", tries, got, want)
		}
	}
	if got := b.Pause(1 << 40); got != time.Second {
		t.Errorf("Pause(1 << 40) = %v, want 1s", got)
	}
}
