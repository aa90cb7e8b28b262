package lacp

import (
	"slices"
	"testing"
	"time"
)

func TestStall(t *testing.T) {
	stalled := func(tolerance time.Duration) *dut {
		d := newDUT(t, Config{StallTolerance: tolerance}, PortConfig{ShortTimeout: true}, PortConfig{ShortTimeout: true})
		d.establish(1, 2)
		d.hear(1)
		d.hear(2)
		d.now = d.now.Add(10 * time.Second) // the process was stopped
		d.Advance(d.now)
		d.drain()
		return d
	}
	t.Run("off", func(t *testing.T) {
		if got := stalled(0).port(1).Receive; got != ReceiveDefaulted && got != ReceiveExpired {
			t.Errorf("Receive machine %v, want DEFAULTED or EXPIRED", got)
		}
	})
	d := stalled(500 * time.Millisecond)
	if got := d.Stalls(); got.Count != 1 || got.Longest < 7*time.Second || got.Longest > 10*time.Second {
		t.Errorf("Stalls() = %+v, want one of 7 to 10 s", got)
	}
	d.hear(1) // was queued
	d.pass(500 * time.Millisecond)
	if !d.usable(1) {
		t.Errorf("the partner was lost although its LACPDU was queued: %v", d.port(1).Reason)
	}
	if got := d.port(2).Receive; got != ReceiveExpired {
		t.Errorf("the silent partner's port: Receive machine %v, want EXPIRED", got)
	}
}

func TestStallKeepsThePartner(t *testing.T) {
	for _, tolerance := range []time.Duration{0, time.Second} {
		d := newDUT(t, Config{StallTolerance: tolerance}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1, 2)
		d.hear(1)
		d.hear(2, short) // it asks for a LACPDU every second, so its port is due too
		d.forget()
		d.now = d.now.Add(6 * time.Second)
		d.Advance(d.now)
		d.drain()
		d.hear(1) // was queued
		d.pass(2 * time.Second)
		lost := slices.ContainsFunc(d.trace, func(tr Transition) bool { return tr.Port == 1 && tr.To == "EXPIRED" })
		if stalls := d.Stalls().Count; lost != (tolerance == 0) || (stalls == 0) != (tolerance == 0) {
			t.Errorf("tolerance %v: partner lost %v, %d stalls", tolerance, lost, stalls)
		}
		if got := d.port(2).Receive; got != ReceiveCurrent || len(d.causes(2)) != 0 {
			t.Errorf("port 2: %v, causes %v", got, d.causes(2))
		}
	}
	t.Run("EXPIRED is excused too", func(t *testing.T) {
		d := newDUT(t, Config{StallTolerance: time.Second}, PortConfig{})
		d.up(1)
		d.now = d.now.Add(8 * time.Second)
		d.Advance(d.now)
		d.drain()
		if got := d.port(1).Receive; got != ReceiveExpired {
			t.Errorf("port 1: Receive machine %v, want EXPIRED", got)
		}
		d.pass(time.Second)
		if got := d.port(1).Receive; got != ReceiveDefaulted {
			t.Errorf("after the tolerance: Receive machine %v, want DEFAULTED", got)
		}
	})
}
