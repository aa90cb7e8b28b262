package lacp

import (
	"testing"
	"time"
)

func TestGates(t *testing.T) {
	gate := func(d *dut, name string, level Gate) { d.do(d.SetGate(d.now, 1, name, level)) }
	t.Run("E39 held out of Distributing, collecting goes on", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		gate(d, "bfd", GateDistributing)
		if st := d.port(1); st.Mux != MuxCollecting || st.Actor.State != 0x1d || d.muxes[1] != (Mux{1, true, false}) {
			t.Errorf("Mux state %v, state %v, data path %+v; want COLLECTING, ***CSG*A, collecting only", st.Mux, st.Actor.State, d.muxes[1])
		}
		d.pass(time.Second)
		d.hear(1)
		if got := d.port(1).Reason; got.String() != "GateHold (bfd)" {
			t.Errorf("port 1: reason %v, want GateHold (bfd)", got)
		}
		gate(d, "bfd", GateOpen)
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
	t.Run("held out of Synchronization", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		gate(d, "macsec", GateSynchronization)
		st := d.port(1)
		if st.Selected != Standby || st.Mux != MuxWaiting || st.Actor.State != 0x05 || st.Reason.Have != "macsec" {
			t.Errorf("%v, Mux state %v, state %v, reason %v; want STANDBY, WAITING, *****G*A, macsec", st.Selected, st.Mux, st.Actor.State, st.Reason)
		}
		gate(d, "macsec", GateOpen)
		d.keepUp(3*time.Second, []PortNumber{1})
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
	t.Run("coupled control can't collect alone", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{CoupledControl: true})
		d.establish(1)
		gate(d, "bfd", GateDistributing)
		if st := d.port(1); st.Actor.State != 0x05 || st.Reason.Code != ReasonGateHold {
			t.Errorf("state %v, reason %v; want *****G*A, GateHold", st.Actor.State, st.Reason)
		}
	})
	t.Run("the lowest of several holds", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		gate(d, "bfd", GateDistributing)
		gate(d, "macsec", GateSynchronization)
		d.up(1)
		d.keepUp(4*time.Second, []PortNumber{1})
		if got := d.port(1).Reason.Have; got != "macsec" {
			t.Errorf("port 1: gate %v, want macsec", got)
		}
		gate(d, "macsec", GateOpen)
		d.keepUp(3*time.Second, []PortNumber{1})
		if st := d.port(1); st.Reason.Have != "bfd" || st.Mux != MuxCollecting {
			t.Errorf("reason %v, Mux state %v; want GateHold (bfd), COLLECTING", st.Reason, st.Mux)
		}
	})
}

func TestGateEdges(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.do(d.SetGate(d.now, 1, "unknown", GateOpen))
	d.do(d.SetGate(d.now, 1, "first", GateSynchronization))
	d.do(d.SetGate(d.now, 1, "second", GateDistributing))
	d.up(1)
	d.keepUp(3*time.Second, []PortNumber{1})
	if got := d.port(1).Reason; got.Have != "first" {
		t.Errorf("reason %v, want gate first", got)
	}
	since := d.port(1).Reason.Since
	d.do(d.SetGate(d.now, 1, "first", GateSynchronization))
	if got := d.port(1).Reason; got.Since != since {
		t.Errorf("the same level again: since %v, want %v", got.Since, since)
	}
	d.do(d.SetGate(d.now, 1, "first", GateDistributing))
	d.keepUp(3*time.Second, []PortNumber{1})
	if got := d.port(1); got.Mux != MuxCollecting || got.Reason.Have != "first" || !got.Reason.Since.After(since) {
		t.Errorf("Mux state %v, reason %v since %v", got.Mux, got.Reason, got.Reason.Since)
	}
	for i := range MaxGates - 2 {
		d.do(d.SetGate(d.now, 1, string(rune('a'+i)), GateDistributing))
	}
	d.do(d.SetGate(d.now, 1, "second", GateSynchronization)) // an existing gate, with MaxGates gates set
	d.do(d.SetGate(d.now, 1, "unknown", GateOpen))
	if got := d.port(1).Reason; got.Have != "second" {
		t.Errorf("reason %v, want gate second", got)
	}
}
