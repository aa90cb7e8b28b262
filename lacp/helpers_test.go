package lacp

import (
	"testing"
	"time"
)

// start is when tests begin.
var start = time.Unix(1_000_000, 0)

func newSystem(tb testing.TB, c Config) *System {
	tb.Helper()
	s, err := NewSystem(c)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func addPort(tb testing.TB, s *System, now time.Time, c PortConfig) {
	tb.Helper()
	if err := s.AddPort(now, c); err != nil {
		tb.Fatal(err)
	}
}

// pduFrame returns the frame of a LACPDU from a partner.
func pduFrame(p PDU) []byte {
	a := Action{PDU: p, Source: p.Actor.System.MAC, Destination: SlowProtocolsMulticast}
	return a.AppendFrame(nil)
}
