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
	t.Run("waits for others while it is held", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		gate(d, "chassis", GateSynchronization)
		d.up(1)
		d.hear(1)
		d.pass(AggregateWaitTime - time.Millisecond)
		if st := d.port(1); st.ReadyN {
			t.Errorf("port 1 is ready after less than %v: %+v", AggregateWaitTime, st)
		}
		d.pass(time.Millisecond)
		if st := d.port(1); !st.ReadyN || st.Mux != MuxWaiting {
			t.Errorf("after %v: ready %v, Mux state %v; want ready, WAITING", AggregateWaitTime, st.ReadyN, st.Mux)
		}
		gate(d, "chassis", GateOpen)
		d.hear(1)
		if st := d.port(1); !d.usable(1) || !st.ReadyN {
			t.Errorf("port 1 does not follow its gate at once: %+v", st)
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

// until returns a gate that closes by itself after d.
func (d *dut) until(after time.Duration) GateState {
	return GateState{Level: GateSynchronization, Until: d.now.Add(after), Reason: ReasonPermissionLost, Have: "h", Want: "w"}
}

func TestGateClosesByItself(t *testing.T) {
	set := func(d *dut, st GateState) { d.t.Helper(); d.do(d.SetGateState(d.now, 1, "chassis", st)) }
	t.Run("at its time, unless it is moved on", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		set(d, d.until(time.Second))
		if !d.usable(1) {
			t.Fatalf("before its time: %v, want a usable port", d.port(1).Reason)
		}
		d.pass(900 * time.Millisecond)
		set(d, d.until(500*time.Millisecond))
		d.pass(499 * time.Millisecond)
		if !d.usable(1) {
			t.Errorf("the gate was moved on: %v, want a usable port", d.port(1).Reason)
		}
		d.pass(time.Millisecond)
		st := d.port(1)
		if d.usable(1) || d.muxes[1].Collecting || st.Reason.String() != "PermissionLost (have h, want w)" || !st.Reason.Since.Equal(d.now) {
			t.Errorf("at its time: state %v, reason %v since %v; want PermissionLost (have h, want w) since %v", st.Actor.State, st.Reason, st.Reason.Since, d.now)
		}
		if sent := d.states(); len(sent) == 0 || sent[len(sent)-1].Has(StateSynchronization) {
			t.Errorf("sent %v, want a last LACPDU without Synchronization", sent)
		}
	})
	t.Run("a caller who is late can't leave it open", func(t *testing.T) {
		for name, late := range map[string]func(*dut){
			"a LACPDU":          func(d *dut) { d.hear(2) },
			"a link":            func(d *dut) { d.down(2) },
			"Advance":           func(d *dut) { d.Advance(d.now); d.drain() },
			"a setting":         func(d *dut) { d.do(d.SetConfig(d.now, d.cfg)) },
			"the same gate":     func(d *dut) { set(d, d.until(-time.Millisecond)) },
			"the state is kept": func(d *dut) { d.Save(d.now); d.drain() },
			"a port is down":    func(d *dut) { d.down(2); d.now = d.now.Add(time.Second); d.hear(2) },
		} {
			d := newDUT(t, Config{StallTolerance: 10 * time.Second}, PortConfig{}, PortConfig{})
			d.establish(1, 2)
			set(d, d.until(time.Second))
			d.now = d.now.Add(2 * time.Second)
			late(d)
			if d.usable(1) || d.muxes[1].Distributing {
				t.Errorf("%s, 1 s late: the gate is open", name)
			}
			if got := d.Stalls().Count; got != 0 {
				t.Errorf("%s: %d stalls, want none for a gate", name, got)
			}
		}
	})
	t.Run("others close at times of their own", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		set(d, d.until(time.Second))
		d.do(d.SetGateState(d.now, 1, "second", d.until(3*time.Second)))
		d.do(d.SetGateState(d.now, 2, "chassis", d.until(2*time.Second)))
		d.pass(time.Second)
		if d.usable(1) || !d.usable(2) {
			t.Errorf("after 1 s: ports usable %v, %v, want false, true", d.usable(1), d.usable(2))
		}
		d.pass(time.Second)
		if d.usable(2) {
			t.Error("after 2 s: port 2 is usable")
		}
		set(d, d.until(5*time.Second))
		if !d.usable(1) {
			t.Errorf("opened again: %v, want a usable port", d.port(1).Reason)
		}
		d.pass(time.Second)
		if got := d.port(1).Reason; got.Code != ReasonPermissionLost || d.usable(1) {
			t.Errorf("after 3 s: reason %v, want that of the second gate", got)
		}
	})
	t.Run("the reason changes without a change of the gate", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		set(d, GateState{Level: GateSynchronization, Reason: ReasonStandbyChassis, Have: "head-a"})
		since := d.port(1).Reason.Since
		d.pass(time.Second)
		set(d, GateState{Level: GateSynchronization, Reason: ReasonStandbyChassis, Have: "head-b"})
		if got := d.port(1).Reason; got.String() != "StandbyChassis (head-b)" || !got.Since.Equal(since) {
			t.Errorf("reason %v since %v, want StandbyChassis (head-b) since %v", got, got.Since, since)
		}
		set(d, GateState{Level: GateSynchronization, Reason: ReasonNoStore})
		if got := d.port(1).Reason; got.String() != "NoStore" || !got.Since.Equal(d.now) {
			t.Errorf("reason %v since %v, want NoStore since %v", got, got.Since, d.now)
		}
	})
	t.Run("an open gate that is closed early gives its place to another port", func(t *testing.T) {
		d := newDUT(t, Config{System: lowID, MaxLinks: 1}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		d.keepUp(4*time.Second, []PortNumber{1, 2})
		set(d, d.until(time.Hour))
		if got := d.selections(2); got != "Ss" {
			t.Errorf("before: Selected of the ports %s, want Ss", got)
		}
		set(d, GateState{Level: GateSynchronization})
		if got := d.selections(2); got != "sS" {
			t.Errorf("closed: Selected of the ports %s, want sS", got)
		}
	})
	t.Run("a wrong reason is refused", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		for _, code := range []ReasonCode{ReasonDistributing, 255} {
			checkFieldError(t, d.SetGateState(d.now, 1, "g", GateState{Level: GateDistributing, Reason: code}), "reason")
		}
	})
}
