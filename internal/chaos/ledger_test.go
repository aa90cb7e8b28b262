//go:build linux

package main

import (
	"testing"
	"time"
)

func TestLedgerDoubtsFramesThatComeTwiceOrLate(t *testing.T) {
	start := time.Now()
	l := &ledger{start: start}
	for range 4 {
		l.sent(outward, 3, start)
	}
	for _, seq := range []uint32{1, 3, 2, 3, 4, 9} { // 9 was never sent
		l.got(frameID{outward, 3, seq}, start)
	}
	var got []frameID
	for _, d := range l.takeDoubts() {
		got = append(got, d.frameID)
		if want := d.seq == 3; d.twice != want {
			t.Errorf("frame %d: twice = %v, want %v", d.seq, d.twice, want)
		}
	}
	if len(got) != 2 || got[0].seq != 2 || got[1].seq != 3 {
		t.Errorf("doubts about %v, want frame 2 that came late and frame 3 that came twice", got)
	}
	if n := len(l.takeDoubts()); n != 0 {
		t.Errorf("%d doubts are judged again", n)
	}
}

func TestFrameIDIsReadAsWritten(t *testing.T) {
	want := frameID{inward, 11, 4_000_000_000}
	if got, ok := parseFrameID(want.append(nil)); !ok || got != want {
		t.Errorf("parseFrameID() = %v, %v, want %v", got, ok, want)
	}
	for _, b := range [][]byte{nil, make([]byte, 64), frameID{inward, flows, 1}.append(nil)} {
		if got, ok := parseFrameID(b); ok {
			t.Errorf("parseFrameID(%x) = %v, want none", b, got)
		}
	}
}
