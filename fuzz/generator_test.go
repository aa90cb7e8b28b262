package fuzz

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// FuzzGenerator: octets become flushes, answers and time. Every flush ends
// exactly once, no two Markers have one transaction, no more than five leave in a
// second on a port, and nothing is kept of what has ended.
func FuzzGenerator(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0, 3, 20, 1, 1, 0, 2, 4, 0, 3, 255})
	f.Add([]byte{0, 1, 5, 0, 0, 1, 6, 0, 2, 0, 7, 1, 3, 255})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 4096 {
			return
		}
		g, err := marker.NewGenerator(marker.GeneratorConfig{System: macA, MaxFlushes: 8})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(0, 0)
		for n := lacp.PortNumber(1); n <= 2; n++ {
			if err := g.AddPort(n, macB); err != nil {
				t.Fatal(err)
			}
		}
		open := make(map[marker.FlushID]bool)
		sent := make(map[lacp.PortNumber][]time.Time)
		var frames [][]byte
		seen := make(map[uint32]bool)
		for i := 0; i+1 < len(script); i += 2 {
			op, arg := script[i], script[i+1]
			n := lacp.PortNumber(1 + op>>7)
			switch op & 7 {
			case 0:
				id, err := g.Flush(now, n, int(arg)-1)
				if err == nil {
					if open[id] {
						t.Fatalf("flush %d twice", id)
					}
					open[id] = true
				}
			case 1, 2: // the newest, or an old Marker is answered
				if len(frames) > 0 {
					b := frames[len(frames)-1]
					if op&7 == 2 {
						b = frames[int(arg)%len(frames)]
					}
					g.Receive(now, n, b)
				}
			case 3:
				now = now.Add(time.Duration(arg) * 10 * time.Millisecond)
				g.Advance(now)
			case 4:
				if at := g.Deadline(); !at.IsZero() {
					now = at
					g.Advance(now)
				}
			case 5:
				g.TransmitFailed(now, n, uint32(arg))
			case 6:
				_ = g.PortDown(now, n)
			case 7:
				g.Receive(now, n, script[i:])
			}
			for _, a := range g.Actions() {
				switch a.Kind {
				case marker.ActionDone:
					if !open[a.Flush.ID] {
						t.Fatalf("flush %d ends, and is not under way", a.Flush.ID)
					}
					delete(open, a.Flush.ID)
				case marker.ActionTransmit:
					if seen[a.PDU.TransactionID] {
						t.Fatalf("transaction %d twice", a.PDU.TransactionID)
					}
					seen[a.PDU.TransactionID] = true
					r := marker.Responder{Source: macB}
					if b, ok := r.Respond(now, a.AppendFrame(nil), nil); ok {
						frames = append(frames, b)
					}
					s := append(sent[a.Port], now)
					if len(s) > 5 && s[len(s)-1].Sub(s[len(s)-6]) < time.Second {
						t.Fatalf("six Markers within %v", s[len(s)-1].Sub(s[len(s)-6]))
					}
					sent[a.Port] = s
				}
			}
			if g.Flushes() != len(open) || len(open) > 8 {
				t.Fatalf("%d flushes under way, want %d, at most 8", g.Flushes(), len(open))
			}
		}
		g.Advance(now.Add(marker.DefaultTimeout))
		for _, a := range g.Actions() {
			delete(open, a.Flush.ID)
		}
		if len(open) > 0 || g.Flushes() != 0 || !g.Deadline().IsZero() {
			t.Fatalf("%d flushes never end, deadline %v", len(open), g.Deadline())
		}
	})
}
