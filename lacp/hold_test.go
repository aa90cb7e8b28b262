package lacp

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

// What is refused names the field, and leaves the port as it was.
func TestSetGateErrors(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	for i := range MaxGates {
		d.do(d.SetGate(d.now, 1, "g"+strconv.Itoa(i), GateDistributing))
	}
	before := d.port(1)
	for _, test := range []struct {
		field, name string
		level       Gate
	}{
		{"name", "", GateDistributing},
		{"name", "one more", GateDistributing},
		{"level", "g1", GateSynchronization + 1},
	} {
		checkFieldError(t, d.SetGate(d.now, 1, test.name, test.level), test.field)
	}
	if got := d.port(1); got != before {
		t.Errorf("port 1 is %+v, want %+v", got, before)
	}
}

func TestHoldingAnUnknownPort(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	for what, err := range map[string]error{
		"SetGate": d.SetGate(d.now, 9, "g", GateOpen), "Drain": d.Drain(d.now, 9), "Undrain": d.Undrain(d.now, 9), "Flushed": d.Flushed(d.now, 9),
	} {
		if !errors.Is(err, ErrNoPort) {
			t.Errorf("%s: %v, want %v", what, err, ErrNoPort)
		}
	}
}

// A port that has waited for others does not wait for them again after a gate.
func TestGateKeepsWaitWhile(t *testing.T) {
	gate := func(d *dut, level Gate) { d.do(d.SetGate(d.now, 1, "fence", level)) }
	t.Run("a fence of 0.2 s costs 0.2 s", func(t *testing.T) {
		for _, c := range []PortConfig{{}, {CoupledControl: true}} {
			d := newDUT(t, Config{}, c)
			d.establish(1)
			gate(d, GateSynchronization)
			d.pass(200 * time.Millisecond)
			gate(d, GateOpen)
			if !d.usable(1) {
				t.Errorf("coupled %v: %v, Mux state %v; want a usable port", c.CoupledControl, d.port(1).Reason, d.port(1).Mux)
			}
		}
	})
	t.Run("a port that has not waited yet does", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1)
		d.pass(time.Second)
		gate(d, GateSynchronization)
		gate(d, GateOpen)
		d.hear(1)
		if st := d.port(1); st.Reason.Code != ReasonWaitWhile {
			t.Errorf("after 1 s: reason %v, want WaitWhile", st.Reason)
		}
		d.pass(time.Second)
		if !d.usable(1) {
			t.Errorf("after 2 s: %v, want a usable port", d.port(1).Reason)
		}
	})
	t.Run("a link that bounces meanwhile waits again", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{})
		d.establish(1)
		gate(d, GateSynchronization)
		d.hear(1, from(0x77, 2)) // another partner
		d.pass(100 * time.Millisecond)
		gate(d, GateOpen)
		d.hear(1, from(0x77, 2))
		if got := d.port(1).Reason; got.Code != ReasonWaitWhile {
			t.Errorf("reason %v, want WaitWhile", got)
		}
	})
}
