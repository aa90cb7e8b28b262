package lacp

import (
	"testing"
	"time"
)

// says sets the state octet of the partner's LACPDUs.
func says(s State) func(*PDU) { return func(p *PDU) { p.Actor.State = s } }

// states returns the state octets that port 1 sent.
func (d *dut) states() (s []State) {
	for _, pdu := range d.sent[1] {
		s = append(s, pdu.Actor.State)
	}
	return s
}

// wants fails unless port 1 is in a Mux state with this state octet.
func (d *dut) wants(mux MuxState, actor State) {
	d.t.Helper()
	if st := d.port(1); st.Mux != mux || st.Actor.State != actor {
		d.t.Errorf("%v: %v with state %02x, want %v with %02x", d.now.Sub(start), st.Mux, uint8(st.Actor.State), mux, uint8(actor))
	}
}

// attached returns a System whose port 1 is ATTACHED to a partner that is not in sync.
func attached(t *testing.T, p PortConfig) *dut {
	t.Helper()
	d := newDUT(t, Config{}, p)
	d.up(1)
	d.hear(1, says(0x05))
	d.pass(2 * time.Second)
	d.wants(MuxAttached, 0x0d)
	return d
}

// The Mux machine as a partner sees it (6.4.15).
func TestMuxConformance(t *testing.T) {
	t.Run("MXI-01 wait_while", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, says(0x05))
		d.wants(MuxWaiting, 0x05)
		d.pass(1999 * time.Millisecond)
		d.wants(MuxWaiting, 0x05)
		d.pass(time.Millisecond)
		d.wants(MuxAttached, 0x0d)
	})
	t.Run("MXI-02 WAITING and UNSELECTED", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1)
		d.pass(time.Second)
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{} }) // an invalid System gets no aggregator
		d.wants(MuxDetached, 0x05)
	})
	t.Run("MXI-04 ATTACHED", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, says(0x05))
		d.pass(1500 * time.Millisecond)
		d.forget()
		d.pass(time.Second)
		d.wants(MuxAttached, 0x0d)
		if got := d.states(); len(got) != 1 || got[0] != 0x0d || d.times[1][0] != 2*time.Second {
			t.Errorf("sent %v at %v, want 0d at 2s", got, d.times[1])
		}
		if want := (Mux{Aggregator: 1}); d.muxes[1] != want {
			t.Errorf("data path %+v, want %+v", d.muxes[1], want)
		}
	})
	t.Run("MXI-05 ATTACHED, the partner is not in sync", func(t *testing.T) {
		d := attached(t, PortConfig{})
		for range 60 {
			d.pass(time.Second)
			d.hear(1, says(0x35)) // whatever other bits are set
			d.wants(MuxAttached, 0x0d)
		}
	})
	t.Run("MXI-06 COLLECTING", func(t *testing.T) {
		d := attached(t, PortConfig{})
		d.pass(time.Second)
		d.forget()
		d.hear(1, says(0x0d))
		d.wants(MuxCollecting, 0x1d)
		if got := d.states(); len(got) != 1 || got[0] != 0x1d {
			t.Errorf("sent %v, want 1d", got)
		}
		if want := (Mux{Aggregator: 1, Collecting: true}); d.muxes[1] != want {
			t.Errorf("data path %+v, want %+v", d.muxes[1], want)
		}
	})
	t.Run("MXI-07 COLLECTING, the partner does not collect", func(t *testing.T) {
		d := attached(t, PortConfig{})
		for range 60 {
			d.hear(1, says(0x0d))
			d.pass(time.Second)
			d.wants(MuxCollecting, 0x1d)
			if d.muxes[1].Distributing {
				t.Fatal("the port distributes")
			}
		}
	})
	t.Run("MXI-08 DISTRIBUTING sends nothing", func(t *testing.T) {
		d := attached(t, PortConfig{})
		d.hear(1, says(0x0d))
		d.pass(time.Second)
		d.forget()
		d.hear(1, says(0x1d))
		d.wants(MuxDistributing, 0x3d)
		if got := d.states(); len(got) != 0 {
			t.Errorf("sent %v", got)
		}
	})
	t.Run("MXI-09 the partner stops collecting", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, says(0x0d))
		d.wants(MuxCollecting, 0x1d)
		if got := d.states(); len(got) != 1 || got[0] != 0x1d {
			t.Errorf("sent %v, want 1d", got)
		}
	})
	t.Run("MXI-10 the partner is out of sync", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, says(0x05))
		d.wants(MuxAttached, 0x0d)
		var through []string
		for _, tr := range d.trace {
			if tr.Machine == MachineMux {
				through = append(through, tr.To)
			}
		}
		if len(through) != 2 || through[0] != "COLLECTING" || through[1] != "ATTACHED" {
			t.Errorf("Mux states %v", through)
		}
		if got := d.states(); len(got) != 1 || got[0] != 0x0d {
			t.Errorf("sent %v, want 0d once", got)
		}
	})
	t.Run("MXI-12 UNSELECTED takes all down at once, in order", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{} })
		d.wants(MuxDetached, 0x05)
		var through []string
		for _, tr := range d.trace {
			if tr.Machine == MachineMux {
				through = append(through, tr.To)
			}
		}
		if len(through) != 3 || through[0] != "COLLECTING" || through[1] != "ATTACHED" || through[2] != "DETACHED" {
			t.Errorf("Mux states %v", through)
		}
		if d.muxes[1] != (Mux{}) {
			t.Errorf("data path %+v", d.muxes[1])
		}
	})
	t.Run("MXI-13 the link goes down", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.wants(MuxAttached, 0x0d)
		if want := (Mux{Aggregator: 1}); d.muxes[1] != want {
			t.Errorf("data path %+v, want %+v", d.muxes[1], want)
		}
	})
	t.Run("MXI-14 what the partner sees does not matter", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for _, s := range []State{0x1d, 0x3d, 0x1f, 0x5d, 0x9d} { // Distributing, Timeout, Defaulted, Expired
			d.hear(1, says(s))
			d.wants(MuxDistributing, 0x3d)
		}
	})
	t.Run("MXC-01 begin together", func(t *testing.T) {
		d := attached(t, PortConfig{CoupledControl: true})
		d.pass(time.Second)
		d.forget()
		d.hear(1, says(0x0d))
		d.wants(MuxCollectingDistributing, 0x3d)
		if got := d.states(); len(got) != 1 || got[0] != 0x3d {
			t.Errorf("sent %v, want 3d", got)
		}
	})
	t.Run("MXC-02 end together", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{CoupledControl: true})
		d.establish(1)
		d.hear(1, says(0x05))
		d.wants(MuxAttached, 0x0d)
		if got := d.states(); len(got) != 1 || got[0] != 0x0d {
			t.Errorf("sent %v, want 0d", got)
		}
	})
	t.Run("MXC-04 the partner's Collecting", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{CoupledControl: true})
		d.establish(1)
		d.hear(1, says(0x0d))
		d.wants(MuxCollectingDistributing, 0x3d)
	})
}

// The test sets STANDBY itself, instead of the Selection Logic.
func TestMuxStandby(t *testing.T) {
	run := func(s *System, p *port) (through []MuxState) {
		s.cfg.Trace = noteGuard
		for s.stepMux(p) {
			through = append(through, p.mux)
		}
		return through
	}
	t.Run("MXI-03 WAITING and STANDBY", func(t *testing.T) {
		s, p := testPort(t)
		s.aggregators[0].join(p)
		p.selected = Standby
		if got := run(s, p); len(got) != 1 || got[0] != MuxWaiting {
			t.Fatalf("Mux states %v", got)
		}
		s.now += instant(time.Minute)
		if got := run(s, p); got != nil || p.actor.State.Has(StateSynchronization) {
			t.Errorf("Mux states %v, state %v", got, p.actor.State)
		}
		p.selected = Selected
		if got := run(s, p); len(got) != 1 || got[0] != MuxAttached {
			t.Errorf("after promotion: Mux states %v", got)
		}
	})
	for _, coupled := range []bool{false, true} {
		t.Run("MXI-11 DISTRIBUTING and STANDBY", func(t *testing.T) {
			s, p := testPort(t)
			s.aggregators[0].join(p)
			p.cfg.CoupledControl = coupled
			p.selected, p.partner.State = Selected, 0x3d
			s.now += instant(time.Second)
			run(s, p)
			s.now += instant(time.Minute)
			run(s, p)
			if !p.distributing {
				t.Fatalf("Mux state %v", p.mux)
			}
			p.selected = Standby
			want := []MuxState{MuxCollecting, MuxAttached, MuxDetached, MuxWaiting}
			if coupled {
				want = want[1:]
			}
			got := run(s, p)
			if len(got) != len(want) {
				t.Fatalf("Mux states %v, want %v", got, want)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("Mux states %v, want %v", got, want)
				}
			}
			if p.attached || p.collecting || p.actor.State.Has(StateSynchronization) || p.aggregator == nil {
				t.Errorf("attached %v, state %v, aggregator %v", p.attached, p.actor.State, p.aggregator)
			}
		})
	}
}
