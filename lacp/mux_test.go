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
	distributing.mux = MuxDistributing
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
