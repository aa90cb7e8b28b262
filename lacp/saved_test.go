package lacp

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestSavedEncoding(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	want := d.Save(d.now)
	want.Epoch = 1<<40 + 7
	b, err := want.AppendBinary([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	b = b[1:]
	var got Saved
	if err := got.UnmarshalBinary(b); err != nil || !got.At.Equal(want.At) || got.Epoch != want.Epoch || !slices.Equal(got.Ports, want.Ports) || len(got.Ports) != 2 {
		t.Errorf("decoded %+v, %v; want %+v", got, err, want)
	}
	for n := range len(b) {
		if err := got.UnmarshalBinary(b[:n]); !errors.Is(err, ErrSaved) {
			t.Fatalf("the first %d octets: error %v", n, err)
		}
	}
	for _, change := range []func([]byte){
		func(b []byte) { b[0] = 'X' },
		func(b []byte) { clear(b[13:21]) }, // an epoch that is none
		func(b []byte) { b[22] = 3 },
		func(b []byte) { b[23] = 9 },                             // not a LACPDU
		func(b []byte) { b[23+PDULen] = byte(MuxWaiting) },       // not attached
		func(b []byte) { b[23+PDULen] = 7 },                      // not a state
		func(b []byte) { b[23+PDULen+1], b[23+PDULen+2] = 0, 0 }, // no aggregator
		func(b []byte) { b[23+PDULen+3] = 0xff },                 // a negative time
		func(b []byte) { b[23+16], b[23+17] = 0, 0 },             // port 0
		func(b []byte) { b[23+PDULen+4] = 0xff },                 // a time too long
	} {
		c := bytes.Clone(b)
		change(c)
		if err := got.UnmarshalBinary(c); !errors.Is(err, ErrSaved) {
			t.Errorf("%x: error %v", c[:20], err)
		}
	}
	without := want
	without.Epoch = 0
	short, err := without.MarshalBinary()
	if err != nil || len(short) != len(b)-8 {
		t.Errorf("without an epoch: %d octets, %v; want %d", len(short), err, len(b)-8)
	}
	if err := got.UnmarshalBinary(short); err != nil || got.Epoch != 0 || !got.At.Equal(want.At) || !slices.Equal(got.Ports, want.Ports) {
		t.Errorf("without an epoch: decoded %+v, %v; want %+v", got, err, without)
	}
	if len(got.Ports) != 2 {
		t.Error("UnmarshalBinary returned an error but changed the value")
	}
}
