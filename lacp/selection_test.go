package lacp

import (
	"slices"
	"testing"
	"time"
)

func individualPartner(p *PDU) { p.Actor.State &^= StateAggregation }

// aggregators returns the aggregator that each port has selected.
func aggregators(d *dut, numbers ...PortNumber) []AggregatorID {
	ids := make([]AggregatorID, 0, len(numbers))
	for _, n := range numbers {
		ids = append(ids, d.port(n).SelectedAggregator)
	}
	return ids
}

func TestSelectionConformance(t *testing.T) {
	same := func(p *PDU) {}
	tests := []struct {
		id       string
		ports    [2]PortConfig
		partners [2]func(*PDU)
		together bool
	}{
		{"SEL-01 same key, same partner and key", [2]PortConfig{}, [2]func(*PDU){same, same}, true},
		{"SEL-02 own keys differ", [2]PortConfig{{Key: 1}, {Key: 2}}, [2]func(*PDU){same, same}, false},
		{"SEL-03 partner Systems differ", [2]PortConfig{}, [2]func(*PDU){from(0x0b, 2), from(0x0c, 2)}, false},
		{"SEL-04 partner keys differ", [2]PortConfig{}, [2]func(*PDU){from(0x0b, 2), from(0x0b, 3)}, false},
		{"SEL-05 own Individual", [2]PortConfig{{Individual: true}, {}}, [2]func(*PDU){same, same}, false},
		{"SEL-05 both Individual", [2]PortConfig{{Individual: true}, {Individual: true}}, [2]func(*PDU){same, same}, false},
		{"SEL-06 partner Individual", [2]PortConfig{}, [2]func(*PDU){individualPartner, individualPartner}, false},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			d := newDUT(t, Config{}, test.ports[:]...)
			d.up(1, 2)
			d.hear(1, test.partners[0])
			d.hear(2, test.partners[1])
			got := aggregators(d, 1, 2)
			if got[0] == 0 || got[1] == 0 || (got[0] == got[1]) != test.together {
				t.Errorf("aggregators %v, want together: %v", got, test.together)
			}
		})
	}
	t.Run("SEL-07 the order of links does not matter", func(t *testing.T) {
		for _, order := range [][]PortNumber{{1, 2, 3, 4}, {4, 3, 2, 1}, {3, 1, 4, 2}} {
			d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{}, PortConfig{})
			for _, n := range order {
				d.up(n)
				d.hear(n)
				d.pass(5 * time.Second)
			}
			for i, a := range aggregators(d, 1, 2, 3, 4) {
				if a != 1 {
					t.Errorf("order %v: port %d is on aggregator %d, want 1", order, i+1, a)
				}
			}
		}
	})
	t.Run("SEL-08 two ports cabled together", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		looped := func(n PortNumber) func(*PDU) { return func(p *PDU) { p.Actor = d.port(n).Actor } }
		d.hear(1, looped(2))
		d.hear(2, looped(1))
		if got := aggregators(d, 1, 2); got[0] == got[1] || got[0] == 0 || got[1] == 0 {
			t.Errorf("aggregators %v", got)
		}
		if got := d.port(1).Reason.Code; got != ReasonLoopbackSystem {
			t.Errorf("reason %v", got)
		}
	})
	t.Run("SEL-09 a port looped to itself", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		d.hear(1, func(p *PDU) { p.Actor = p.Partner })
		d.hear(2)
		if got := aggregators(d, 1, 2); got[0] == got[1] {
			t.Errorf("both ports are on aggregator %d", got[0])
		}
	})
	t.Run("SEL-10 another partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, from(0x0c, 2))
		if got := d.sent[1]; len(got) != 1 || got[0].Actor.State != 0x05 || d.port(1).Mux != MuxWaiting {
			t.Errorf("sent %+v in %v", got, d.port(1).Mux)
		}
	})
	t.Run("SEL-11 own key changes", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		c := d.port(1).Config
		c.Key = 9
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		d.pass(1999 * time.Millisecond)
		for _, pdu := range d.sent[1] {
			if pdu.Actor.Key != 9 || pdu.Actor.State != 0x05 {
				t.Errorf("sent %+v while it waits", pdu.Actor)
			}
		}
		if len(d.sent[1]) == 0 || d.port(1).LAGID.Local.Key != 9 {
			t.Errorf("%d sent, LAG ID %v", len(d.sent[1]), d.port(1).LAGID)
		}
	})
	t.Run("SEL-13 the last link leaves and is back", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		for _, n := range []PortNumber{1, 2} {
			d.down(n)
		}
		d.pass(10 * time.Second)
		d.establish(2, 1)
		if got := aggregators(d, 1, 2); got[0] != 1 || got[1] != 1 {
			t.Errorf("aggregators %v, want 1", got)
		}
	})
	t.Run("SEL-19 Ready", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.up(1)
		d.hear(1)
		d.pass(1900 * time.Millisecond)
		d.up(2)
		d.hear(2)
		d.pass(1999 * time.Millisecond)
		if a, b := d.port(1).Mux, d.port(2).Mux; a != MuxWaiting || b != MuxWaiting {
			t.Errorf("Mux states %v and %v, want both WAITING", a, b)
		}
		if got := d.port(1).Reason.Code; got != ReasonWaitingForPorts {
			t.Errorf("the first port's reason is %v", got)
		}
		d.forget()
		d.pass(time.Millisecond)
		attached := 0
		for _, tr := range d.trace {
			if tr.Machine == MachineMux && tr.To == "ATTACHED" {
				attached++
			}
		}
		if attached != 2 {
			t.Errorf("%d ports attached together, want 2: %v", attached, d.trace)
		}
	})
	t.Run("SEL-20 ports without a partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		d.pass(5 * time.Second)
		if got := aggregators(d, 1, 2); got[0] != 1 || got[1] != 2 || !d.usable(1) || !d.usable(2) {
			t.Errorf("aggregators %v", got)
		}
	})
	t.Run("SEL-21 a LAG by Partner_Admin", func(t *testing.T) {
		admin := Info{System: partnerSystem, Key: 5, State: 0x1c}
		d := newDUT(t, Config{}, PortConfig{PartnerAdmin: admin}, PortConfig{PartnerAdmin: admin})
		d.up(1, 2)
		d.pass(5 * time.Second)
		if got := aggregators(d, 1, 2); got[0] != 1 || got[1] != 1 || !d.usable(1) {
			t.Errorf("aggregators %v", got)
		}
	})
	t.Run("SEL-22 speeds differ", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.link(1, Link{Up: true, Duplex: DuplexFull, SpeedMbps: 1000})
		d.link(2, Link{Up: true, Duplex: DuplexFull, SpeedMbps: 10000})
		d.hear(1)
		d.hear(2)
		if got := aggregators(d, 1, 2); got[0] == got[1] {
			t.Errorf("both ports are on aggregator %d", got[0])
		}
		if a, b := d.port(1).Actor.Key, d.port(2).Actor.Key; a == b || a&maxFoldedKey != 1 || b&maxFoldedKey != 1 {
			t.Errorf("keys %#x and %#x", a, b)
		}
	})
	t.Run("a port finds an aggregator after its key left that of its LAG", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2) // both on aggregator 1
		c := d.port(1).Config
		c.Key = 3
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if got := aggregators(d, 1, 2); got[0] != 2 || got[1] != 1 {
			t.Errorf("aggregators %v, want 2 and 1", got)
		}
	})
	t.Run("a removed port's aggregator stays while it carries a LAG", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		if err := d.RemovePort(d.now, 1); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if st := d.port(2); !st.Usable() || st.SelectedAggregator != 1 {
			t.Errorf("port 2: %v on aggregator %d", st.Reason, st.SelectedAggregator)
		}
		addPort(t, d.System, d.now, portDefaults(0, PortConfig{}))
		d.drain()
		d.establish(1)
		if got := aggregators(d, 1, 2); got[0] != 1 || got[1] != 1 {
			t.Errorf("aggregators %v, want 1", got)
		}
		if err := d.RemovePort(d.now, 1); err != nil {
			t.Fatal(err)
		}
		d.drain()
		d.hear(2, from(0x0c, 2)) // port 2 leaves the aggregator
		if len(d.aggregators) != 1 || d.aggregators[0].id != 2 {
			t.Errorf("%d aggregators are left for one port", len(d.aggregators))
		}
	})
}

// A partner with an invalid System Identifier forms no LAG.
func TestPartnerWithoutSystem(t *testing.T) {
	for name, mac := range map[string]MAC{"VAL-13 zero": {}, "VAL-14 multicast": SlowProtocolsMulticast,
		"VAL-14 broadcast": {255, 255, 255, 255, 255, 255}} {
		t.Run(name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{})
			d.establish(1)
			d.hear(1, func(p *PDU) { p.Actor.System.MAC = mac })
			d.pass(5 * time.Second)
			st := d.port(1)
			if st.SelectedAggregator != 0 || st.Usable() || st.Reason.Code != ReasonPartnerInvalid {
				t.Errorf("aggregator %d, reason %v", st.SelectedAggregator, st.Reason)
			}
			d.establish(1) // the port comes back
		})
	}
}

// The choice among several free aggregators.
func TestFreeAggregators(t *testing.T) {
	t.Run("one of its own key before a lower one of another", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Key: 1}, PortConfig{Key: 2})
		d.up(2)
		d.hear(2)
		if got := d.port(2).SelectedAggregator; got != 2 {
			t.Errorf("aggregator %d, want 2", got)
		}
	})
	t.Run("the lowest of its key", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.up(3)
		d.hear(3)
		if got := d.port(3).SelectedAggregator; got != 1 {
			t.Errorf("aggregator %d, want 1", got)
		}
	})
	t.Run("the lowest, if no aggregator has its key", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.establish(1, 2, 3) // all on aggregator 1
		d.set(func(c *PortConfig) { c.Key = 3 })
		if got := d.port(1).SelectedAggregator; got != 2 {
			t.Errorf("aggregator %d, want 2", got)
		}
	})
}

func TestAggregatorLimit(t *testing.T) {
	t.Run("SEL-12 no aggregator is left", func(t *testing.T) {
		d := newDUT(t, Config{Aggregators: 1}, PortConfig{}, PortConfig{}, PortConfig{})
		d.up(1, 2, 3)
		other := from(0x0c, 2)
		for range 4 {
			d.hear(1)
			d.hear(2, other)
			d.hear(3)
			d.pass(time.Second)
		}
		if got := aggregators(d, 1, 2, 3); !slices.Equal(got, []AggregatorID{1, 0, 1}) {
			t.Fatalf("aggregators %v", got)
		}
		if st := d.port(2); st.Mux != MuxDetached || st.Reason.Code != ReasonNoAggregator || st.Actor.State.Has(StateSynchronization) {
			t.Errorf("Mux state %v, reason %v; want DETACHED, NoAggregator", st.Mux, st.Reason)
		}
		// The others leave for the partner of port 2. Now port 2 finds an aggregator.
		d.hear(1, other)
		d.hear(3, other)
		for range 4 {
			for _, n := range []PortNumber{1, 2, 3} {
				d.hear(n, other)
			}
			d.pass(time.Second)
		}
		if !d.usable(2) {
			t.Errorf("port 2 is not usable: %v", d.port(2).Reason)
		}
	})
}

// Selected keeps the time of its last change.
func TestSelectedKeepsItsTime(t *testing.T) {
	s, p := testPort(t)
	s.now = 5
	p.setSelected(s, Selected, causeNone)
	s.now = 9
	p.setSelected(s, Selected, causeNone)
	if p.since.selected != 5 {
		t.Errorf("since %v, want 5ns", time.Duration(p.since.selected))
	}
}
