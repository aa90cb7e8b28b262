package rtnl

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStatsAreRead from a message whose counter number n is 100+n. A short message has fewer.
func TestStatsAreRead(t *testing.T) {
	var counters []byte
	for n := range uint64(25) {
		counters = native.AppendUint64(counters, 100+n)
	}
	want := Stats{RxFrames: 100, TxFrames: 101, RxOctets: 102, TxOctets: 103, TxErrors: 105, TxDropped: 107, RxUnhandled: 123}
	if got, ok := parseStats(messageOf(ifInfo(1, 0, 0), attrOf(unix.IFLA_STATS64, counters...))); got != want || !ok {
		t.Errorf("parseStats() = %+v, %v; want %+v", got, ok, want)
	}
	want.RxUnhandled = 0
	if got, ok := parseStats(messageOf(ifInfo(1, 0, 0), attrOf(unix.IFLA_STATS64, counters[:23*8]...))); got != want || !ok {
		t.Errorf("an older kernel: parseStats() = %+v, %v; want %+v", got, ok, want)
	}
	if got, ok := parseStats(ifInfo(1, 0, 0)); ok {
		t.Errorf("no counters: parseStats() = %+v, want false", got)
	}
	if got, want := want.Since(Stats{RxFrames: 1, TxDropped: 7}), (Stats{RxFrames: 99, TxFrames: 101, RxOctets: 102, TxOctets: 103, TxErrors: 105, TxDropped: 100}); got != want {
		t.Errorf("Since() = %+v, want %+v", got, want)
	}
}

func TestStatsOfInterfaces(t *testing.T) {
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Stats(1); err != nil { // the loopback interface
		t.Errorf("Stats(1): %v, want no error", err)
	}
	if _, err := r.Stats(1 << 30); !errors.Is(err, unix.ENODEV) {
		t.Errorf("Stats of no interface: error %v, want %v", err, unix.ENODEV)
	}
}
