// Package fuzz holds the fuzz targets. Their seeds are made here and lie under
// testdata; captures of real devices are added where they are at hand.
package fuzz

import (
	"bytes"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

var (
	macA = lacp.MAC{2, 0, 0, 0, 0, 0xa}
	macB = lacp.MAC{2, 0, 0, 0, 0, 0xb}
)

// healthy is a LACPDU of a partner that is up with us.
func healthy() lacp.PDU {
	const up = lacp.StateActivity | lacp.StateAggregation | lacp.StateSynchronization | lacp.StateCollecting | lacp.StateDistributing
	return lacp.PDU{
		Actor:   lacp.Info{System: lacp.SystemID{Priority: 0x8000, MAC: macB}, Key: 2, Port: lacp.PortID{Priority: 0x8000, Number: 7}, State: up},
		Partner: lacp.Info{System: lacp.SystemID{Priority: 0x8000, MAC: macA}, Key: 1, Port: lacp.PortID{Priority: 0x8000, Number: 1}, State: up},
	}
}

func frameOf(pdu []byte) []byte {
	f := append(append(bytes.Clone(lacp.SlowProtocolsMulticast[:]), macB[:]...), 0x88, 0x09)
	return append(f, pdu...)
}

// FuzzLACPDU: what decodes encodes to a PDU that decodes to the same.
func FuzzLACPDU(f *testing.F) {
	p := healthy()
	b, _ := p.MarshalBinary()
	f.Add(b)
	f.Add(b[:109])
	f.Add(append(b[:58:58], 4, 6, 0, 0x80, 0xc2, 1, 5, 255))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, q lacp.PDU
		if err := p.UnmarshalBinary(b); err != nil {
			if p != q {
				t.Fatalf("%v, but the PDU was changed to %+v", err, p)
			}
			return
		}
		n := 0
		for tlv, intact := range lacp.TLVs(b) {
			n += 2 + len(tlv.Value)
			if n > len(b) || intact == (tlv.Value == nil) {
				t.Fatalf("TLV %+v, intact %v, after %d octets of %d", tlv, intact, n, len(b))
			}
		}
		out, err := p.MarshalBinary()
		if err != nil || len(out) != lacp.PDULen {
			t.Fatalf("encoded to %d octets, %v", len(out), err)
		}
		if err := q.UnmarshalBinary(out); err != nil {
			t.Fatal(err)
		}
		if q.Version = p.Version; q != p {
			t.Fatalf("%+v became %+v", p, q)
		}
	})
}

// FuzzMarker: what decodes encodes to a PDU that decodes to the same, and the
// responder answers exactly the Markers.
func FuzzMarker(f *testing.F) {
	p := marker.PDU{RequesterPort: 1, RequesterSystem: macB, TransactionID: 0x11223344}
	b, _ := p.MarshalBinary()
	f.Add(b)
	p.Response = true
	b, _ = p.MarshalBinary()
	f.Add(b)
	f.Add(b[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, q marker.PDU
		err := p.UnmarshalBinary(b)
		r := marker.Responder{Source: macA}
		answer, answered := r.Respond(time.Unix(0, 0), frameOf(b), nil)
		if want := err == nil && !p.Response; answered != want {
			t.Fatalf("answered %v, want %v (%+v, %v)", answered, want, p, err)
		}
		if err != nil {
			return
		}
		out, _ := p.MarshalBinary()
		if err := q.UnmarshalBinary(out); err != nil || q != p {
			t.Fatalf("%+v became %+v, %v", p, q, err)
		}
		if !answered {
			return
		}
		if err := q.UnmarshalBinary(answer[14:]); err != nil || !q.Response || q.TransactionID != p.TransactionID {
			t.Fatalf("%+v was answered with %+v, %v", p, q, err)
		}
	})
}

// FuzzSlow: the demultiplexer takes any frame, and agrees with the codecs.
func FuzzSlow(f *testing.F) {
	p := healthy()
	b, _ := p.MarshalBinary()
	f.Add(frameOf(b))
	f.Add(append(append(frameOf(nil)[:12:12], 0x81, 0, 0, 5), frameOf(b)[12:]...))
	f.Add(bytes.Repeat([]byte{0x81, 0}, 600))
	f.Fuzz(func(t *testing.T, frame []byte) {
		s := lacp.ParseSlow(frame)
		if (s.Err != nil) != (s.Kind == lacp.SlowIllegal) {
			t.Fatalf("kind %v with error %v", s.Kind, s.Err)
		}
		var l lacp.PDU
		if got := l.UnmarshalBinary(s.PDU) == nil; got != (s.Kind == lacp.SlowLACPDU) {
			t.Fatalf("kind %v, but decoding as a LACPDU succeeds: %v", s.Kind, got)
		}
		var m marker.PDU
		isMarker := s.Kind == lacp.SlowMarker || s.Kind == lacp.SlowMarkerResponse
		if got := m.UnmarshalBinary(s.PDU) == nil; got != isMarker {
			t.Fatalf("kind %v, but decoding as a Marker succeeds: %v", s.Kind, got)
		}
	})
}

// FuzzSystem: octets become inputs and time. Whatever comes, a port that
// distributes collects and is in sync with a partner that is, and no more than
// three LACPDUs leave in a second.
func FuzzSystem(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0x3d, 3, 200, 2, 0x3f, 1, 5, 3, 255, 4, 9})
	f.Add([]byte{0, 1, 0, 2, 2, 0x05, 3, 40, 2, 0x0d, 3, 1, 2, 0x1d, 3, 1, 2, 0x3d})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 4096 {
			return
		}
		sys, err := lacp.NewSystem(lacp.Config{System: lacp.SystemID{MAC: macA}, RequirePartner: len(script)%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(0, 0)
		for n := lacp.PortNumber(1); n <= 2; n++ {
			mac := macA
			mac[5] += byte(n)
			if err := sys.AddPort(now, lacp.PortConfig{Number: n, Key: 1, MAC: mac, ShortTimeout: n == 1, CoupledControl: n == 2}); err != nil {
				t.Fatal(err)
			}
		}
		sent := make(map[lacp.PortNumber][]time.Time)
		for i := 0; i+1 < len(script); i += 2 {
			op, arg := script[i], script[i+1]
			n := lacp.PortNumber(1 + op>>7)
			switch op & 7 {
			case 0:
				sys.SetLink(now, n, lacp.Link{Up: arg&1 != 0, SpeedMbps: uint32(arg>>1&1) * 1000, Duplex: lacp.Duplex(arg >> 2 % 3)})
			case 1:
				p := healthy()
				p.Partner.Port.Number = n
				p.Actor.Port.Number += lacp.PortNumber(arg & 1)
				p.Actor.State = lacp.State(arg)
				b, _ := p.MarshalBinary()
				sys.Receive(now, n, frameOf(b))
			case 2:
				p := healthy()
				st, _ := sys.Port(n)
				p.Partner = st.Actor
				p.Actor.State = lacp.State(arg)
				b, _ := p.MarshalBinary()
				sys.Receive(now, n, frameOf(b))
			case 3:
				now = now.Add(time.Duration(arg) * 50 * time.Millisecond)
				sys.Advance(now)
			case 4:
				if at := sys.Deadline(); !at.IsZero() {
					now = at
					sys.Advance(now)
				}
			case 5:
				sys.Receive(now, n, script[i:])
			case 6:
				b := append([]byte{arg}, script[i:]...)
				sys.Receive(now, n, frameOf(b))
			case 7:
				sys.TransmitFailed(now, n)
			}
			for _, a := range sys.Actions() {
				if a.Kind != lacp.ActionTransmit {
					continue
				}
				s := append(sent[a.Port], now)
				if len(s) > 3 && s[len(s)-1].Sub(s[len(s)-4]) < time.Second {
					t.Fatalf("four LACPDUs within %v", s[len(s)-1].Sub(s[len(s)-4]))
				}
				sent[a.Port] = s
			}
			for p := range sys.Ports() {
				if p.Actor.State.Has(lacp.StateDistributing) && !(p.Actor.State.Has(lacp.StateCollecting|lacp.StateSynchronization) && p.Link.Up) {
					t.Fatalf("port %d distributes with state %v, link %+v", p.Config.Number, p.Actor.State, p.Link)
				}
				if p.Actor.State.Has(lacp.StateDistributing) && !p.Partner.State.Has(lacp.StateSynchronization) {
					t.Fatalf("port %d distributes to a partner in state %v", p.Config.Number, p.Partner.State)
				}
			}
		}
	})
}
