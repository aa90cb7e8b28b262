package netlab

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// Holdings is what a process holds that a cycle of open and close must give back.
type Holdings struct{ Descriptors, Goroutines int }

// Held returns what the process holds.
func Held(t testing.TB) Holdings {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return Holdings{len(list), runtime.NumGoroutine()}
}

// AwaitNoMore fails the test unless the process soon holds no more than before. The last
// goroutines of a cycle may not have ended yet, and one or two that come and go may have been
// absent before. Callers run at least twenty cycles; a leak leaves one for each.
func AwaitNoMore(t testing.TB, before Holdings) {
	t.Helper()
	const slack = 4
	deadline := time.After(Patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		got := Held(t)
		if got.Descriptors <= before.Descriptors && got.Goroutines <= before.Goroutines+slack {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Errorf("%d descriptors and %d goroutines are left, want at most %d and %d", got.Descriptors, got.Goroutines, before.Descriptors, before.Goroutines+slack)
			return
		}
	}
}
