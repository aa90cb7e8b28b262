package marker_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// TestConformance has the conformance tests of the Marker protocol, by their ids.
func TestConformance(t *testing.T) {
	t.Run("MRK-01 a Marker on a distributing port is answered on it at once", func(t *testing.T) {
		p := newPort(t)
		p.bringUp(t)
		if !p.mux.Distributing {
			t.Fatalf("data path %+v, want distributing", p.mux)
		}
		p.wantAnswer(t)
	})
	t.Run("MRK-02 a Marker is answered in DETACHED, DEFAULTED and EXPIRED", func(t *testing.T) {
		p := newPort(t)
		p.wantState(t, lacp.ReceiveExpired, lacp.MuxDetached)
		p.wantAnswer(t)
		p.advance(t, 3*time.Second)
		p.wantState(t, lacp.ReceiveDefaulted, lacp.MuxDetached)
		p.wantAnswer(t)
		p.bringUp(t)
		p.advance(t, lacp.ShortTimeoutTime)
		p.wantState(t, lacp.ReceiveExpired, p.status(t).Mux)
		p.wantAnswer(t)
	})
	t.Run("MRK-03 pad and reserved octets are echoed", func(t *testing.T) {
		pdu := bytes.Clone(fixture)
		for i := range pdu[16:] {
			pdu[16+i] = 0xff
		}
		pdu[18] = 0 // terminator
		r := marker.Responder{Source: self}
		got, ok := r.Respond(epoch, frame(pdu, peer), nil)
		pdu[2] = 2
		if !ok || !bytes.Equal(got, frame(pdu, self)) {
			t.Errorf("answered % x\nwant     % x", got, frame(pdu, self))
		}
	})
	t.Run("MRK-04 version 2 is answered, length 15 is illegal, and counted so", func(t *testing.T) {
		p := newPort(t)
		version2, length15 := bytes.Clone(fixture), bytes.Clone(fixture)
		version2[1], length15[3] = 2, 15
		if _, ok := p.responder.Respond(p.now, frame(version2, peer), nil); !ok {
			t.Error("version 2 is not answered")
		}
		if _, ok := p.responder.Respond(p.now, frame(length15, peer), nil); ok {
			t.Error("length 15 is answered")
		}
		p.receive(t, frame(version2, peer))
		if _, err := p.system.Receive(p.now, 1, frame(length15, peer)); !errors.Is(err, lacp.ErrLength) {
			t.Errorf("length 15: error %v, want ErrLength", err)
		}
		c := p.status(t).Counters
		if c.MarkerPDUsRx != 1 || c.IllegalRx != 1 || c.UnknownRx != 0 {
			t.Errorf("counters %+v, want one Marker and one illegal PDU", c)
		}
		if got := p.responder.Counters().MarkerResponsePDUsTx; got != 1 {
			t.Errorf("MarkerResponsePDUsTx %d, want 1", got)
		}
	})
	t.Run("MRK-05 a Marker Response to no Marker of ours is counted and ignored", func(t *testing.T) {
		p := newPort(t)
		g := newGenerator(t, marker.GeneratorConfig{FirstTransaction: 5})
		flush(t, g, epoch, 1, 1)
		sent, _ := drain(g)
		good := answer(t, sent[0])
		with := func(offset int, v byte) []byte {
			b := bytes.Clone(good)
			b[14+offset] = v
			return b
		}
		tagged := slices.Concat(good[:12], []byte{0x81, 0, 0, 5}, good[12:])
		elsewhere := bytes.Clone(good)
		elsewhere[5] = 0x0e
		for name, c := range map[string]struct {
			port       lacp.PortNumber
			frame      []byte
			unexpected uint64
		}{
			"another transaction": {1, with(15, 6), 1},
			"another port":        {1, with(5, 2), 1},
			"another system":      {1, with(11, 0xee), 1},
			"on another port":     {2, good, 1},
			"on an unknown port":  {9, good, 1},
			"a Marker":            {1, with(2, 1), 0},
			"length 15":           {1, with(3, 15), 0},
			"tagged":              {1, tagged, 0},
			"to another address":  {1, elsewhere, 0},
			"nothing":             {1, nil, 0},
		} {
			before := g.Counters().Unexpected
			if g.Receive(epoch, c.port, c.frame) || len(g.Actions()) != 0 {
				t.Errorf("%s ended a flush", name)
			}
			if got := g.Counters().Unexpected - before; got != c.unexpected {
				t.Errorf("%s: Unexpected rose by %d, want %d", name, got, c.unexpected)
			}
		}
		if g.Flushes() != 1 {
			t.Errorf("%d flushes under way, want 1", g.Flushes())
		}
		p.receive(t, good)
		if got, ok := p.responder.Respond(p.now, good, nil); ok {
			t.Errorf("a response was answered with % x", got)
		}
		if c := p.status(t).Counters; c.MarkerResponsePDUsRx != 1 || c.MarkerPDUsRx != 0 {
			t.Errorf("counters %+v, want MarkerResponsePDUsRx 1", c)
		}
	})
	t.Run("MRK-06 a thousand Markers a second: ten answers, and LACPDUs as ever", func(t *testing.T) {
		p := newPort(t)
		p.bringUp(t)
		before, answers := p.status(t).Counters.LACPDUsTx, 0
		const seconds = 5
		for i := range seconds * 1000 {
			p.receive(t, frame(fixture, peer))
			if _, ok := p.responder.Respond(p.now, frame(fixture, peer), nil); ok {
				answers++
			}
			if i%1000 == 0 {
				p.hear(t)
			}
			p.advance(t, time.Millisecond)
		}
		if answers != seconds*marker.ResponsesPerSecond {
			t.Errorf("%d answers in %d s, want %d", answers, seconds, seconds*marker.ResponsesPerSecond)
		}
		if got := p.status(t).Counters.LACPDUsTx - before; got < seconds || got > seconds+1 {
			t.Errorf("%d LACPDUs sent in %d s at the fast rate", got, seconds)
		}
		if !p.mux.Distributing {
			t.Error("the port no longer distributes")
		}
	})
	t.Run("MRK-08 answers go to the configured group address from the port's own", func(t *testing.T) {
		for _, to := range []lacp.MAC{{}, lacp.NearestCustomerBridge, lacp.NearestNonTPMRBridge} {
			r := marker.Responder{Source: self, Destination: to}
			want := to
			if to == (lacp.MAC{}) {
				want = lacp.SlowProtocolsMulticast
			}
			got, ok := r.Respond(epoch, frame(fixture, peer), nil)
			if !ok || lacp.MAC(got[:6]) != want || lacp.MAC(got[6:12]) != self {
				t.Errorf("destination %v: answered %v, % x", to, ok, got)
			}
			g := newGenerator(t, marker.GeneratorConfig{Destination: to})
			flush(t, g, epoch, 3, 0)
			sent, _ := drain(g)
			if b := sent[0].AppendFrame(nil); lacp.MAC(b[:6]) != want || lacp.MAC(b[6:12]) != portMAC(3) || len(b) != lacp.FrameLen {
				t.Errorf("destination %v: sent % x", to, b)
			}
		}
	})
	t.Run("MGT-07 MarkerPDUsTx counts each Marker that was sent, once", func(t *testing.T) {
		g := newGenerator(t, marker.GeneratorConfig{})
		for i := range 3 {
			now := at(time.Duration(i) * time.Second)
			flush(t, g, now, 1, 0)
			flush(t, g, now, 1, 1) // shares a Marker with the first
			drain(g)
		}
		if got := g.Counters().MarkerPDUsTx; got != 3 {
			t.Errorf("MarkerPDUsTx = %d, want 3", got)
		}
	})
	t.Run("MRK-09 and B09 transaction ids are unique, and a Marker without an answer times out", func(t *testing.T) {
		g := newGenerator(t, marker.GeneratorConfig{Timeout: 300 * time.Millisecond})
		seen := make(map[uint32]bool)
		results := 0
		for i := range 10_000 {
			now := at(time.Duration(i) * 100 * time.Millisecond)
			g.Advance(now)
			for n := lacp.PortNumber(1); n <= 3; n++ {
				flush(t, g, now, n, i)
			}
			for _, a := range g.Actions() {
				switch {
				case a.Kind == marker.ActionDone:
					results++
					if waited := now.Sub(a.Flush.Requested); a.Result != marker.ResultTimeout || waited != 300*time.Millisecond {
						t.Fatalf("%+v ended with %v after %v", a.Flush, a.Result, waited)
					}
				case seen[a.PDU.TransactionID]:
					t.Fatalf("transaction %d was used twice", a.PDU.TransactionID)
				default:
					seen[a.PDU.TransactionID] = true
				}
			}
			if g.Flushes() > 9 {
				t.Fatalf("%d flushes under way", g.Flushes())
			}
		}
		if want := 3 * (10_000 - 3); results != want {
			t.Errorf("%d timeouts, want %d", results, want)
		}
		if len(seen) != 3*10_000/2 {
			t.Errorf("%d Markers in 1000 s on 3 ports, want %d", len(seen), 15_000)
		}
	})
}
