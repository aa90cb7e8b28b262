package fuzz

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// FuzzSaved: what decodes encodes to the same octets, and any System takes it.
func FuzzSaved(f *testing.F) {
	empty, _ := lacp.Saved{At: time.Unix(1, 2)}.MarshalBinary()
	f.Add(empty)
	p := healthy()
	one, _ := lacp.Saved{At: time.Unix(1, 2), Ports: []lacp.SavedPort{{
		Actor: p.Partner, Partner: p.Actor, Mux: lacp.MuxDistributing, Aggregator: 1, Valid: time.Second}}}.MarshalBinary()
	f.Add(one)
	f.Add(one[:len(one)-1])
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
		r := newSystemRun(t, saved.At, 1)
		r.sys.Restore(r.now, saved)
		for n := lacp.PortNumber(1); n <= 2; n++ {
			r.must(r.sys.SetLink(r.now, n, lacp.Link{Up: true}))
		}
		for range 20 {
			r.step(opDue, 1, 0, 0, nil)
			r.check()
		}
	})
}
