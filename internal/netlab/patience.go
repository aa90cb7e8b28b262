package netlab

import (
	"testing"
	"time"
)

// Patience is how long a test waits for something that is no promise about time. A busy machine
// may take long: the kernel's work for one interface then waits for that for many others.
const Patience = 2 * time.Minute

// Await waits until something holds, and fails the test if it does not.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("after %v: want %s", Patience, what)
		}
		<-time.After(time.Millisecond)
	}
}
