package netlab

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// NextState waits for a state that a link or a device reports and ok accepts, and returns it.
// what names the state in the failure.
func NextState(t testing.TB, w interface{ Watch(func(link.State)) }, what string, ok func(link.State) bool) link.State {
	t.Helper()
	limit, states := time.After(Patience), link.States(w)
	for {
		select {
		case st := <-states:
			if ok(st) {
				return st
			}
		case <-limit:
			t.Fatalf("no report within %v that it is %s", Patience, what)
		}
	}
}
