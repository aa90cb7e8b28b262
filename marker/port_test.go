package marker_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// port is a port of a runtime: an LACP engine and a Responder.
type port struct {
	now       time.Time
	system    *lacp.System
	responder marker.Responder
	mux       lacp.Mux
	sent      lacp.PDU // the LACPDU last sent
}

// newPort returns port 1 of System self, with its link up and before the first LACPDU
// of a partner.
func newPort(t testing.TB) *port {
	t.Helper()
	s, err := lacp.NewSystem(lacp.Config{System: lacp.SystemID{MAC: self}, AggregateWait: -1, RequirePartner: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &port{now: epoch, system: s, responder: marker.Responder{Source: self}}
	if err := s.AddPort(p.now, lacp.PortConfig{Number: 1, Key: 1, MAC: self, ShortTimeout: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetLink(p.now, 1, lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 1000}); err != nil {
		t.Fatal(err)
	}
	p.act()
	return p
}

func (p *port) act() {
	for _, a := range p.system.Actions() {
		switch a.Kind {
		case lacp.ActionMux:
			p.mux = a.Mux
		case lacp.ActionTransmit:
			p.sent = a.PDU
		}
	}
}

func (p *port) advance(t testing.TB, d time.Duration) {
	t.Helper()
	until := p.now.Add(d)
	for at := p.system.Deadline(); !at.IsZero() && !at.After(until); at = p.system.Deadline() {
		p.now = at
		p.system.Advance(at)
		p.act()
	}
	p.now = until
}

func (p *port) receive(t testing.TB, frame []byte) {
	t.Helper()
	if _, err := p.system.Receive(p.now, 1, frame); err != nil {
		t.Fatal(err)
	}
	p.act()
}

// hear passes a LACPDU of a partner that is in sync to the port.
func (p *port) hear(t testing.TB) {
	t.Helper()
	pdu := lacp.PDU{
		Actor: lacp.Info{
			System: lacp.SystemID{Priority: 1, MAC: peer}, Key: 7, Port: lacp.PortID{Priority: 1, Number: 1},
			State: lacp.StateActivity | lacp.StateTimeout | lacp.StateAggregation | lacp.StateSynchronization |
				lacp.StateCollecting | lacp.StateDistributing,
		},
		Partner: p.sent.Actor,
	}
	b, err := pdu.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	p.receive(t, frame(b, peer))
}

func (p *port) bringUp(t testing.TB) {
	t.Helper()
	for range 3 {
		p.hear(t)
		p.advance(t, 400*time.Millisecond)
	}
	p.hear(t)
}

func (p *port) status(t testing.TB) lacp.PortStatus {
	t.Helper()
	s, ok := p.system.Port(1)
	if !ok {
		t.Fatal("port 1 does not exist")
	}
	return s
}

func (p *port) wantState(t testing.TB, rx lacp.ReceiveState, mux lacp.MuxState) {
	t.Helper()
	if s := p.status(t); s.Receive != rx || s.Mux != mux {
		t.Fatalf("Receive machine %v, Mux state %v; want %v, %v", s.Receive, s.Mux, rx, mux)
	}
}

// wantAnswer checks that the port answers a Marker at once and echoes all fields.
func (p *port) wantAnswer(t testing.TB) {
	t.Helper()
	p.receive(t, frame(fixture, peer))
	b, ok := p.responder.Respond(p.now, frame(fixture, peer), nil)
	var got marker.PDU
	if err := got.UnmarshalBinary(b[min(14, len(b)):]); !ok || err != nil {
		t.Fatalf("Receive machine %v, Mux state %v: answered %v with % x, %v", p.status(t).Receive, p.status(t).Mux, ok, b, err)
	}
	if want := (marker.PDU{Response: true, RequesterPort: 1, RequesterSystem: peer, TransactionID: 0x11223344}); got != want {
		t.Errorf("answered %+v, want %+v", got, want)
	}
}
