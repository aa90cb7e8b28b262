package marker_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// fixture is a Marker of system 02:00:00:00:00:0a, port 1, transaction 0x11223344.
var fixture = mustHex("02010110" + "0001" + "02000000000a" + "11223344" + "0000" + "0000")

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return append(b, make([]byte, marker.PDULen-len(b))...)
}

// frame puts a PDU into a frame from the given source.
func frame(pdu []byte, source lacp.MAC) []byte {
	f := append(lacp.SlowProtocolsMulticast[:], source[:]...)
	return append(append(f, 0x88, 0x09), pdu...)
}

var (
	peer = lacp.MAC{2, 0, 0, 0, 0, 0xa}
	self = lacp.MAC{2, 0, 0, 0, 0, 0xb}
)

func TestPDU(t *testing.T) {
	want := marker.PDU{RequesterPort: 1, RequesterSystem: peer, TransactionID: 0x11223344}
	var got marker.PDU
	if err := got.UnmarshalBinary(fixture); err != nil || got != want {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	b, err := got.MarshalBinary()
	if err != nil || !bytes.Equal(b, fixture) {
		t.Errorf("encoded % x, %v, want % x", b, err, fixture)
	}
	want.Response = true
	b, _ = want.MarshalBinary()
	if b[2] != 2 {
		t.Errorf("information type of a response is %d, want 2", b[2])
	}
	if err := got.UnmarshalBinary(b); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestPDUErrors(t *testing.T) {
	with := func(at int, v byte) []byte {
		b := bytes.Clone(fixture)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name string
		pdu  []byte
		want error
	}{
		{"empty", nil, marker.ErrShort},
		{"109 octets", fixture[:109], marker.ErrShort},
		{"LACP's subtype", with(0, 1), marker.ErrSubtype},
		{"length 15", with(3, 15), marker.ErrLength},
		{"length 17", with(3, 17), marker.ErrLength},
		{"type 0", with(2, 0), marker.ErrType},
		{"type 3", with(2, 3), marker.ErrType},
		{"version 9", with(1, 9), nil},
		{"pad", with(17, 0xcd), nil},
		{"terminator length 7", with(19, 7), nil},
		{"trailer", append(bytes.Clone(fixture), 1, 2, 3, 4), nil},
	} {
		p := marker.PDU{TransactionID: 7}
		if err := p.UnmarshalBinary(c.pdu); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		} else if err != nil && p != (marker.PDU{TransactionID: 7}) {
			t.Errorf("%s: the PDU was changed to %+v", c.name, p)
		}
	}
}

func TestResponderReflects(t *testing.T) {
	r := marker.Responder{Source: self}
	pdu := bytes.Clone(fixture)
	pdu[16], pdu[17] = 0xab, 0xcd // pad
	pdu[109] = 0xff               // reserved
	got, ok := r.Respond(time.Unix(0, 0), frame(append(pdu, 9, 9, 9), peer), nil)
	want := bytes.Clone(pdu)
	want[2] = 2
	if !ok || !bytes.Equal(got, frame(want, self)) {
		t.Errorf("got % x\nwant % x", got, frame(want, self))
	}
}

func TestResponderSendsToConfiguredDestination(t *testing.T) {
	r := marker.Responder{Source: self, Destination: lacp.NearestNonTPMRBridge}
	got, ok := r.Respond(time.Unix(0, 0), frame(fixture, peer), nil)
	if !ok || lacp.MAC(got[:6]) != lacp.NearestNonTPMRBridge {
		t.Errorf("answered %v to % x, want the configured destination", ok, got[:6])
	}
}

func TestResponderIsSilent(t *testing.T) {
	response := bytes.Clone(fixture)
	response[2] = 2
	tagged := frame(fixture, peer)
	tagged = append(append(bytes.Clone(tagged[:12]), 0x81, 0, 0, 5), tagged[12:]...)
	elsewhere := frame(fixture, peer)
	elsewhere[5] = 0x0e
	r := marker.Responder{Source: self}
	for name, f := range map[string][]byte{
		"a response":            frame(response, peer),
		"our own marker":        frame(fixture, self),
		"a tagged marker":       tagged,
		"another destination":   elsewhere,
		"a truncated marker":    frame(fixture[:100], peer),
		"an LACPDU's subtype":   frame(append([]byte{1}, fixture[1:]...), peer),
		"not a frame":           {1, 2, 3},
		"nothing":               nil,
		"another EtherType":     append(frame(nil, peer)[:12], 8, 0),
		"length octet not 16":   frame(append([]byte{2, 1, 1, 15}, fixture[4:]...), peer),
		"neither of both types": frame(append([]byte{2, 1, 3, 16}, fixture[4:]...), peer),
	} {
		if got, ok := r.Respond(time.Unix(0, 0), f, nil); ok || got != nil {
			t.Errorf("%s was answered with % x", name, got)
		}
	}
	if got := r.Counters(); got != (marker.Counters{Looped: 1}) {
		t.Errorf("counters %+v", got)
	}
}

// A thousand Markers per second get ten answers in any second.
func TestResponderLimit(t *testing.T) {
	r := marker.Responder{Source: self}
	start := time.Unix(0, 0)
	var answers []time.Duration
	for i := range 3000 {
		d := time.Duration(i) * time.Millisecond
		if _, ok := r.Respond(start.Add(d), frame(fixture, peer), nil); ok {
			answers = append(answers, d)
		}
	}
	if len(answers) != 30 {
		t.Fatalf("%d answers in 3 s, want 30", len(answers))
	}
	for i, d := range answers[marker.ResponsesPerSecond:] {
		if gap := d - answers[i]; gap < time.Second {
			t.Errorf("answers %d and %d are %v apart", i, i+marker.ResponsesPerSecond, gap)
		}
	}
	if got := r.Counters(); got != (marker.Counters{MarkerResponsePDUsTx: 30, Suppressed: 2970}) {
		t.Errorf("counters %+v", got)
	}
}

func TestNoAllocations(t *testing.T) {
	r := marker.Responder{Source: self}
	f, buf := frame(fixture, peer), make([]byte, 0, 128)
	now := time.Unix(0, 0)
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Second)
		if _, ok := r.Respond(now, f, buf); !ok {
			t.Fatal("no answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations per answer, want 0", n)
	}
}
