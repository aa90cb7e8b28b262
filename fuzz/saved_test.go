package fuzz

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// FuzzSaved checks that a state that decodes encodes to the same octets, and that any
// System accepts it.
func FuzzSaved(f *testing.F) {
	empty, _ := lacp.Saved{At: time.Unix(1, 2)}.MarshalBinary()
	f.Add(empty)
	p := healthy()
	one, _ := lacp.Saved{At: time.Unix(1, 2), Ports: []lacp.SavedPort{{
		Actor: p.Partner, Partner: p.Actor, Mux: lacp.MuxDistributing, Aggregator: 1, Valid: time.Second}}}.MarshalBinary()
	f.Add(one)
	f.Add(one[:len(one)-1])
	epoch, _ := lacp.Saved{At: time.Unix(1, 2), Epoch: 7, Ports: []lacp.SavedPort{{
		Actor: p.Partner, Partner: p.Actor, Mux: lacp.MuxDistributing, Aggregator: 1, Valid: time.Second}}}.MarshalBinary()
	f.Add(epoch)
	f.Add(epoch[:20])
	// The second of two ports does not match its configuration or the first port.
	for _, other := range []lacp.SavedPort{
		{Mux: lacp.MuxCollectingDistributing, Aggregator: 1, Valid: time.Second},
		{Mux: lacp.MuxAttached, Aggregator: 1, Valid: time.Second, Partner: lacp.Info{Key: 9, State: lacp.StateAggregation}},
		{Mux: lacp.MuxAttached, Aggregator: 1, Valid: 1},
		{Mux: lacp.MuxAttached, Aggregator: 9, Valid: time.Second},
	} {
		first := lacp.SavedPort{Actor: p.Partner, Partner: p.Actor, Mux: lacp.MuxCollecting, Aggregator: 1, Valid: time.Minute}
		other.Actor = p.Partner
		other.Actor.Port.Number = 2
		if other.Mux == lacp.MuxCollectingDistributing {
			twice, _ := lacp.Saved{At: time.Unix(1, 2), Ports: []lacp.SavedPort{first, first}}.MarshalBinary()
			f.Add(twice)
		}
		both, _ := lacp.Saved{At: time.Unix(1, 2), Ports: []lacp.SavedPort{first, other}}.MarshalBinary()
		f.Add(both)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var saved lacp.Saved
		if saved.UnmarshalBinary(b) != nil {
			return
		}
		out, _ := saved.MarshalBinary()
		var again lacp.Saved
		if err := again.UnmarshalBinary(out); err != nil || len(out) != len(b) || !again.At.Equal(saved.At) {
			t.Fatalf("%d octets became %d: %v", len(b), len(out), err)
		}
		notRestored(t, saved)
		r := newSystemRun(t, saved.At, 1)
		r.sys.Restore(r.now, saved)
		// The saved state applies only to the first time that a link is up.
		for _, up := range []bool{true, false, true} {
			for n := lacp.PortNumber(1); n <= 2; n++ {
				r.must(r.sys.SetLink(r.now, n, lacp.Link{Up: up}))
				r.check()
			}
		}
		for range 20 {
			r.step(opDue, 1, 0, 0)
			r.check()
		}
	})
}

// notRestored checks that the System does not use a state from the future.
func notRestored(t *testing.T, saved lacp.Saved) {
	r := newSystemRun(t, saved.At.Add(-1), 3)
	r.sys.Restore(r.now, saved)
	for n := lacp.PortNumber(1); n <= 4; n++ {
		r.must(r.sys.SetLink(r.now, n, lacp.Link{Up: true}))
		if st, _ := r.sys.Port(n); st.Receive != lacp.ReceiveExpired {
			t.Fatalf("port %d is in %v", n, st.Receive)
		}
	}
}
