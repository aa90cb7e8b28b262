package lacp

import (
	"math/rand/v2"
	"testing"
)

// The heap returns the ports in the order of their times after any operations.
func TestAgenda(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ports := make([]*port, 200)
	at := map[*port]instant{}
	for i := range ports {
		ports[i] = &port{place: -1}
	}
	var a timerHeap
	for range 20_000 {
		p := ports[r.IntN(len(ports))]
		if r.IntN(3) == 0 {
			a.cancel(p)
			delete(at, p)
		} else {
			when := instant(r.IntN(1000))
			a.plan(p, when)
			at[p] = when
		}
		earliest := never
		for _, when := range at {
			earliest = min(earliest, when)
		}
		if a.next() != earliest || len(a) != len(at) {
			t.Fatalf("next wake-up %d of %d ports, want %d of %d", a.next(), len(a), earliest, len(at))
		}
	}
	for i, e := range a {
		if e.port.place != i || at[e.port] != e.at {
			t.Errorf("place %d holds a port that is at %d", i, e.port.place)
		}
	}
}
