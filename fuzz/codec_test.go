// Package fuzz holds the fuzz targets. Their seeds are made here or stored under testdata;
// captures of real devices are added if present.
package fuzz

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

var (
	macA = lacp.MAC{2, 0, 0, 0, 0, 0xa}
	macB = lacp.MAC{2, 0, 0, 0, 0, 0xb}
)

// healthy returns a LACPDU of a partner that is up with us.
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

// FuzzLACPDU checks that a PDU that decodes encodes to a PDU that decodes to the same.
func FuzzLACPDU(f *testing.F) {
	p := healthy()
	b, _ := p.MarshalBinary()
	f.Add(b)
	f.Add(b[:109])
	for _, tlvs := range [][]byte{{4, 6, 0, 0x80, 0xc2, 1, 5, 255}, {127, 2, 1, 1}} {
		f.Add(slices.Replace(bytes.Clone(b), 58, 58+len(tlvs), tlvs...))
	}
	f.Add(append([]byte{2}, b[1:]...))
	f.Add(append([]byte{1, 1, 1, 21}, b[4:]...))
	for _, frame := range slices.Concat(captureFrames(f)...) {
		if s := lacp.ParseSlow(frame); s.Kind == lacp.SlowLACPDU {
			f.Add(s.PDU)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, q lacp.PDU
		if err := p.UnmarshalBinary(b); err != nil {
			if p != q {
				t.Fatalf("error %v, but the PDU changed to %+v", err, p)
			}
			return
		}
		n := 0
		for range lacp.TLVs(b[:40]) {
			t.Fatal("got a TLV in the fields of version 1")
		}
		for range lacp.TLVs(b) {
			break // breaking out of the loop is allowed
		}
		for tlv, intact := range lacp.TLVs(b) {
			n += 2 + len(tlv.Value)
			if n > len(b) || intact == (tlv.Value == nil) {
				t.Fatalf("TLV %+v, intact %v, after %d octets of %d", tlv, intact, n, len(b))
			}
		}
		out, err := p.MarshalBinary()
		if err != nil || len(out) != lacp.PDULen {
			t.Fatalf("encoded to %d octets with error %v", len(out), err)
		}
		if err := q.UnmarshalBinary(out); err != nil {
			t.Fatal(err)
		}
		if q.Version = p.Version; q != p {
			t.Fatalf("%+v became %+v", p, q)
		}
	})
}

// FuzzMarker checks that a PDU that decodes encodes to a PDU that decodes to the same, and
// that the responder answers Markers and nothing else.
func FuzzMarker(f *testing.F) {
	p := marker.PDU{RequesterPort: 1, RequesterSystem: macB, TransactionID: 0x11223344}
	b, _ := p.MarshalBinary()
	f.Add(b)
	p.Response = true
	b, _ = p.MarshalBinary()
	f.Add(b)
	f.Add(b[:20])
	for i, octet := range []byte{1, 1, 3, 15} { // subtype, version, type, length
		bad := bytes.Clone(b)
		bad[i] = octet
		f.Add(bad)
	}
	for _, frame := range slices.Concat(captureFrames(f)...) {
		if s := lacp.ParseSlow(frame); s.Kind == lacp.SlowMarker || s.Kind == lacp.SlowMarkerResponse {
			f.Add(s.PDU)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, q marker.PDU
		err := p.UnmarshalBinary(b)
		r := marker.Responder{Source: macA}
		answer, answered := r.Respond(time.Unix(0, 0), frameOf(b), nil)
		if want := err == nil && !p.Response; answered != want {
			t.Fatalf("answered = %v, want %v (%+v, %v)", answered, want, p, err)
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
		for range 2 * marker.ResponsesPerSecond {
			r.Respond(time.Unix(0, 0), frameOf(b), nil)
		}
		if c := r.Counters(); c.MarkerResponsePDUsTx != marker.ResponsesPerSecond || c.Suppressed != marker.ResponsesPerSecond+1 {
			t.Fatalf("%+v within a second", c)
		}
		r.Source = macB
		if _, answered := r.Respond(time.Unix(9, 0), frameOf(b), nil); answered || r.Counters().Looped != 1 {
			t.Fatalf("the responder answered our own Marker: %+v", r.Counters())
		}
	})
}

// FuzzSlow checks that the demultiplexer accepts any frame and agrees with the codecs.
func FuzzSlow(f *testing.F) {
	p := healthy()
	b, _ := p.MarshalBinary()
	f.Add(frameOf(b))
	f.Add(append(append(frameOf(nil)[:12:12], 0x81, 0, 0, 5), frameOf(b)[12:]...))
	f.Add(bytes.Repeat([]byte{0x81, 0}, 600))
	for _, pdu := range []string{"", "\x00", "\x01", "\x02", "\x03", "\x0a", "\x05", "\x0b"} {
		f.Add(frameOf([]byte(pdu)))
	}
	for _, frame := range slices.Concat(captureFrames(f)...) {
		f.Add(frame)
	}
	for _, kind := range []byte{1, 2, 3} {
		f.Add(frameOf(append([]byte{2, 1, kind, 16}, make([]byte, 106)...)))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		s := lacp.ParseSlow(frame)
		if (s.Err != nil) != (s.Kind == lacp.SlowIllegal) || s.Kind.String() == "invalid" || s.Untagged() && s.VID != 0 {
			t.Fatalf("got kind %v with error %v", s.Kind, s.Err)
		}
		var l lacp.PDU
		if got := l.UnmarshalBinary(s.PDU) == nil; got != (s.Kind == lacp.SlowLACPDU) {
			t.Fatalf("got kind %v, but decoding as a LACPDU succeeds: %v", s.Kind, got)
		}
		var m marker.PDU
		isMarker := s.Kind == lacp.SlowMarker || s.Kind == lacp.SlowMarkerResponse
		if got := m.UnmarshalBinary(s.PDU) == nil; got != isMarker {
			t.Fatalf("got kind %v, but decoding as a Marker succeeds: %v", s.Kind, got)
		}
	})
}
