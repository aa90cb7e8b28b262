package lacp

import (
	"errors"
	"strconv"
	"testing"
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
