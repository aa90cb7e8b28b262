package lacp

import (
	"errors"
	"fmt"
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
	t.Run("refused", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		for i := range MaxGates {
			gate(d, fmt.Sprint("g", i), GateDistributing)
		}
		var field *FieldError
		for _, err := range []error{
			d.SetGate(d.now, 1, "", GateDistributing),
			d.SetGate(d.now, 1, "one more", GateDistributing),
			d.SetGate(d.now, 1, "g1", 3),
		} {
			if !errors.As(err, &field) {
				t.Errorf("error %v, want a FieldError", err)
			}
		}
		if err := d.SetGate(d.now, 2, "g", GateOpen); !errors.Is(err, ErrNoPort) {
			t.Errorf("error %v, want ErrNoPort", err)
		}
	})
}

func TestDrain(t *testing.T) {
	gone := func(p *PDU) { p.Actor.State &^= StateCollecting | StateDistributing }
	for _, coupled := range []bool{false, true} {
		t.Run(fmt.Sprintf("in order, coupled %v", coupled), func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{CoupledControl: coupled}, PortConfig{})
			d.establish(1, 2)
			d.do(d.Drain(d.now, 1))
			if m := d.muxes[1]; !m.Collecting || m.Distributing || len(d.told) != 1 || d.told[0] != ActionFlush {
				t.Fatalf("data path %+v, actions %v: want no distributing and ActionFlush", m, d.told)
			}
			d.pass(100 * time.Millisecond)
			d.do(d.Flushed(d.now, 1))
			st := d.port(1)
			if m := d.muxes[1]; !m.Collecting || m.Distributing || st.Actor.State != 0x05 || st.Drain != DrainLeaving {
				t.Fatalf("data path %+v, state %v, drain state %v: want collecting, *****G*A, leaving", m, st.Actor.State, st.Drain)
			}
			if last := d.sent[1][len(d.sent[1])-1]; last.Actor.State != 0x05 {
				t.Errorf("the last LACPDU has state %v, want *****G*A", last.Actor.State)
			}
			d.pass(10 * time.Millisecond)
			d.hear(1, gone)
			d.pass(99 * time.Millisecond)
			if m := d.muxes[1]; !m.Collecting {
				t.Fatalf("data path %+v: frames under way are no longer collected", m)
			}
			d.pass(time.Millisecond)
			if m := d.muxes[1]; m != (Mux{}) || len(d.told) != 2 || d.told[1] != ActionDrained {
				t.Fatalf("data path %+v, actions %v: want none, and ActionDrained last", m, d.told)
			}
			if st := d.port(1); st.Reason.Code != ReasonDraining || st.Drain.String() != "drained" {
				t.Errorf("reason %v, drain state %v; want Draining, drained", st.Reason, st.Drain)
			}
			if !d.usable(2) {
				t.Error("the drain affected port 2")
			}
			d.do(d.Undrain(d.now, 1))
			d.keepUp(3*time.Second, []PortNumber{1, 2})
			if !d.usable(1) {
				t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.pass(time.Second)
		if got := d.port(1).Drain; got != DrainLeaving || !d.muxes[1].Collecting {
			t.Errorf("after 1 s: drain state %v, data path %+v; want leaving, collecting", got, d.muxes[1])
		}
		d.pass(3 * time.Second)
		if got := d.port(1).Drain; got != DrainDone || d.muxes[1] != (Mux{}) {
			t.Errorf("after 4 s: drain state %v, data path %+v; want drained, none", got, d.muxes[1])
		}
	})
	t.Run("a port that carries nothing is drained at once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.do(d.Drain(d.now, 1))
		if len(d.told) != 1 || d.told[0] != ActionDrained {
			t.Errorf("actions %v, want ActionDrained", d.told)
		}
	})
	t.Run("the link fails meanwhile", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.down(1)
		if got := d.port(1).Drain; got != DrainDone || d.muxes[1] != (Mux{}) {
			t.Errorf("drain state %v, data path %+v; want drained, none", got, d.muxes[1])
		}
	})
	t.Run("ended while it flushes", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		d.do(d.Undrain(d.now, 1))
		if !d.usable(1) || !d.muxes[1].Distributing {
			t.Errorf("port 1 does not distribute: %v, data path %+v", d.port(1).Reason, d.muxes[1])
		}
		d.do(d.Flushed(d.now, 1)) // too late, has no effect
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
	t.Run("no such port", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		for _, err := range []error{d.Drain(d.now, 9), d.Undrain(d.now, 9), d.Flushed(d.now, 9)} {
			if !errors.Is(err, ErrNoPort) {
				t.Errorf("error %v, want ErrNoPort", err)
			}
		}
	})
}
