package lacp

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestSaveEdges(t *testing.T) {
	t.Run("not what is over", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		if saved := d.Save(d.now.Add(100 * time.Second)); len(saved.Ports) != 0 {
			t.Errorf("Save returned an expired port: %+v", saved)
		}
	})
	t.Run("not in EXPIRED, not before it is attached", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1)
		d.pass(4 * time.Second)
		d.up(2)
		d.hear(2)
		if d.port(1).Receive != ReceiveExpired || d.port(2).Mux != MuxWaiting {
			t.Fatalf("Receive machine %v, Mux state %v; want EXPIRED, WAITING", d.port(1).Receive, d.port(2).Mux)
		}
		if saved := d.Save(d.now); len(saved.Ports) != 0 {
			t.Errorf("Save returned a port that is not in CURRENT and attached: %+v", saved)
		}
	})
}

func TestSavedEncoding(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	want := d.Save(d.now)
	b, err := want.AppendBinary([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	b = b[1:]
	var got Saved
	if err := got.UnmarshalBinary(b); err != nil || !got.At.Equal(want.At) || !slices.Equal(got.Ports, want.Ports) || len(got.Ports) != 2 {
		t.Errorf("decoded %+v, %v; want %+v", got, err, want)
	}
	for n := range len(b) {
		if err := got.UnmarshalBinary(b[:n]); !errors.Is(err, ErrSaved) {
			t.Fatalf("the first %d octets: error %v", n, err)
		}
	}
	for _, change := range []func([]byte){
		func(b []byte) { b[0] = 'X' },
		func(b []byte) { b[14] = 3 },
		func(b []byte) { b[15] = 9 },                             // not a LACPDU
		func(b []byte) { b[15+PDULen] = byte(MuxWaiting) },       // not attached
		func(b []byte) { b[15+PDULen] = 7 },                      // not a state
		func(b []byte) { b[15+PDULen+1], b[15+PDULen+2] = 0, 0 }, // no aggregator
		func(b []byte) { b[15+PDULen+3] = 0xff },                 // a negative time
		func(b []byte) { b[15+16], b[15+17] = 0, 0 },             // port 0
		func(b []byte) { b[15+PDULen+4] = 0xff },                 // a time too long
	} {
		c := bytes.Clone(b)
		change(c)
		if err := got.UnmarshalBinary(c); !errors.Is(err, ErrSaved) {
			t.Errorf("%x: error %v", c[:20], err)
		}
	}
	if len(got.Ports) != 2 {
		t.Error("UnmarshalBinary returned an error but changed the value")
	}
}
