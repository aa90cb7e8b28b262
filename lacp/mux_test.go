package lacp

import (
	"testing"
	"time"
)

type muxInputs struct {
	selected         Selection
	sync, collecting bool
	ready            bool // Ready of the aggregator
}

type muxRow struct {
	id   string
	from MuxState
	when func(muxInputs) bool
	to   MuxState
	why  string
}

const (
	unselectedWhy = "Selected = UNSELECTED"
	standbyWhy    = "Selected = STANDBY"
	syncLostWhy   = "Partner.Synchronization = FALSE"
)

func unselected(i muxInputs) bool { return i.selected == Unselected }
func standby(i muxInputs) bool    { return i.selected == Standby }
func outOfSync(i muxInputs) bool  { return !i.sync }

// The exits that both kinds of control share.
var muxRows = []muxRow{
	{"MXI-01", MuxDetached, func(i muxInputs) bool { return i.selected == Selected }, MuxWaiting, "Selected = SELECTED"},
	{"MXI-03", MuxDetached, standby, MuxWaiting, standbyWhy},
	{"MXI-02", MuxWaiting, unselected, MuxDetached, unselectedWhy},
	{"MXI-01", MuxWaiting, func(i muxInputs) bool { return i.selected == Selected && i.ready }, MuxAttached, "Selected = SELECTED AND Ready = TRUE"},
	{"MXI-12", MuxAttached, unselected, MuxDetached, unselectedWhy},
	{"MXI-11", MuxAttached, standby, MuxDetached, standbyWhy},
}

var independentRows = append(muxRows[:len(muxRows):len(muxRows)],
	muxRow{"MXI-06", MuxAttached, func(i muxInputs) bool { return i.sync }, MuxCollecting, "Selected = SELECTED AND Partner.Synchronization = TRUE"},
	muxRow{"MXI-12", MuxCollecting, unselected, MuxAttached, unselectedWhy},
	muxRow{"MXI-11", MuxCollecting, standby, MuxAttached, standbyWhy},
	muxRow{"MXI-10", MuxCollecting, outOfSync, MuxAttached, syncLostWhy},
	muxRow{"MXI-08", MuxCollecting, func(i muxInputs) bool { return i.collecting }, MuxDistributing, "Selected = SELECTED AND Partner.Synchronization = TRUE AND Partner.Collecting = TRUE"},
	muxRow{"MXI-12", MuxDistributing, unselected, MuxCollecting, unselectedWhy},
	muxRow{"MXI-11", MuxDistributing, standby, MuxCollecting, standbyWhy},
	muxRow{"MXI-10", MuxDistributing, outOfSync, MuxCollecting, syncLostWhy},
	muxRow{"MXI-09", MuxDistributing, func(i muxInputs) bool { return !i.collecting }, MuxCollecting, "Partner.Collecting = FALSE"},
)

var coupledRows = append(muxRows[:len(muxRows):len(muxRows)],
	muxRow{"MXC-01", MuxAttached, func(i muxInputs) bool { return i.sync }, MuxCollectingDistributing, "Selected = SELECTED AND Partner.Synchronization = TRUE"},
	muxRow{"MXC-02", MuxCollectingDistributing, unselected, MuxAttached, unselectedWhy},
	muxRow{"MXC-02", MuxCollectingDistributing, standby, MuxAttached, standbyWhy},
	muxRow{"MXC-02", MuxCollectingDistributing, outOfSync, MuxAttached, syncLostWhy},
)

// Every state of the Mux machine with every combination of the values its guards read.
// The first row that applies counts. If no row applies, there is no transition
// (MXI-14).
func TestMuxTransitions(t *testing.T) {
	t.Run("independent control", func(t *testing.T) {
		testMux(t, false, independentRows, MuxDetached, MuxWaiting, MuxAttached, MuxCollecting, MuxDistributing)
	})
	t.Run("coupled control", func(t *testing.T) {
		testMux(t, true, coupledRows, MuxDetached, MuxWaiting, MuxAttached, MuxCollectingDistributing)
	})
	t.Run("BEGIN", func(t *testing.T) {
		_, p := testPort(t)
		p.mux = 0
		if to, why := p.nextMux(0); to != MuxDetached || why != causeBegin {
			t.Errorf("goes to %v by %q", to, why)
		}
	})
}

func testMux(t *testing.T, coupled bool, rows []muxRow, states ...MuxState) {
	used := make([]bool, len(rows))
	for _, from := range states {
		for bits := range 24 {
			in := muxInputs{Selection(bits / 8), bits&1 != 0, bits&2 != 0, bits&4 != 0}
			_, p := testPort(t)
			p.mux, p.selected, p.readyN, p.cfg.CoupledControl = from, in.selected, in.ready, coupled
			p.aggregator = &aggregator{ports: []*port{p}}
			p.partner.State = State(0).with(StateSynchronization, in.sync).with(StateCollecting, in.collecting)
			id, wantTo, wantWhy := "MXI-14", from, ""
			for n, row := range rows {
				if row.from == from && row.when(in) {
					id, wantTo, wantWhy = row.id, row.to, row.why
					used[n] = true
					break
				}
			}
			if to, why := p.nextMux(0); to != wantTo || why.String() != wantWhy {
				t.Errorf("%s: %v with %+v goes to %v by %q, want %v by %q", id, from, in, to, why, wantTo, wantWhy)
			}
		}
	}
	for n, row := range rows {
		if !used[n] {
			t.Errorf("%s: %v to %v was never taken", row.id, row.from, row.to)
		}
	}
}

// SEL-19: no port attaches while another port of its aggregator still waits.
func TestReadyIsOfAllWaitingPorts(t *testing.T) {
	a := &aggregator{}
	waiting := func(ready bool) *port {
		p := new(port)
		p.mux, p.selected, p.readyN, p.aggregator = MuxWaiting, Selected, ready, a
		return p
	}
	first, second := waiting(true), waiting(false)
	distributing := new(port)
	distributing.mux, distributing.selected = MuxDistributing, Selected
	a.ports = []*port{first, second, distributing}
	if _, why := first.nextMux(0); why != causeNone {
		t.Errorf("attaches before the second port is ready: %s", why)
	}
	second.readyN = true
	for _, p := range []*port{first, second} {
		if to, _ := p.nextMux(0); to != MuxAttached {
			t.Errorf("next state %v, want ATTACHED", to)
		}
	}
}

// The bits of Actor_State, the attachment and the NTT of each state.
func TestMuxEntryActions(t *testing.T) {
	const sync, collecting, distributing = StateSynchronization, StateCollecting, StateDistributing
	tests := []struct {
		from, to MuxState
		coupled  bool
		bits     State
		attached bool
		ntt      bool
	}{
		{MuxWaiting, MuxDetached, false, 0, false, true},
		{MuxWaiting, MuxAttached, false, sync, true, true},
		{MuxAttached, MuxCollecting, false, sync | collecting, true, true},
		{MuxCollecting, MuxDistributing, false, sync | collecting | distributing, true, false}, // MXI-08
		{MuxDistributing, MuxCollecting, false, sync | collecting, true, true},                 // MXI-09
		{MuxCollecting, MuxAttached, false, sync, true, true},
		{MuxAttached, MuxDetached, false, 0, false, true},
		{MuxAttached, MuxCollectingDistributing, true, sync | collecting | distributing, true, true}, // MXC-01
		{MuxCollectingDistributing, MuxAttached, true, sync, true, true},                             // MXC-02
	}
	for _, test := range tests {
		t.Run(test.from.String()+" to "+test.to.String(), func(t *testing.T) {
			s, p := testPort(t)
			a := s.aggregators[0]
			a.join(p)
			p.mux, p.cfg.CoupledControl, p.readyN = test.from, test.coupled, true
			p.attached = test.from >= MuxAttached
			p.ntt = false
			p.actor.State |= sync | collecting | distributing
			p.selected = Selected
			switch test.to {
			case MuxDetached:
				p.selected = Unselected
			case MuxCollecting, MuxCollectingDistributing:
				p.partner.State = sync
			case MuxDistributing:
				p.partner.State = sync | collecting
			}
			if test.to == MuxAttached && test.from != MuxWaiting {
				p.partner.State = 0
			}
			if !s.stepMux(p) || p.mux != test.to {
				t.Fatalf("Mux state %v", p.mux)
			}
			if got := p.actor.State & (sync | collecting | distributing); got != test.bits {
				t.Errorf("Actor_State has %v, want %v", got, test.bits)
			}
			if p.attached != test.attached || p.ntt != test.ntt {
				t.Errorf("attached %v, NTT %v; want %v, %v", p.attached, p.ntt, test.attached, test.ntt)
			}
			if p.collecting != test.bits.Has(collecting) || p.distributing != test.bits.Has(distributing) {
				t.Errorf("data path: collecting %v, distributing %v", p.collecting, p.distributing)
			}
		})
	}
	t.Run("MXI-01 WAITING starts wait_while", func(t *testing.T) {
		s, p := testPort(t)
		s.aggregators[0].join(p)
		p.selected = Selected
		s.stepMux(p)
		if p.mux != MuxWaiting || p.waitWhile != timer(2*time.Second) || p.readyN {
			t.Errorf("Mux state %v, wait_while %v, Ready_N %v", p.mux, p.waitWhile, p.readyN)
		}
	})
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
