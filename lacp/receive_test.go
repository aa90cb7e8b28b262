package lacp

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// atRest sets the variables that keep a Receive machine in a state.
func atRest(p *port, state ReceiveState) {
	p.receive = state
	p.portEnabled = state != ReceivePortDisabled && state != ReceiveInitialize
	p.lacpEnabled = state != ReceiveLACPDisabled
}

// Every state of the Receive machine with every event of its figure: RXM-01 to
// RXM-08, RXM-15, RXM-16, RXM-21 to RXM-23. Combinations not listed have no transition.
func TestReceiveTransitions(t *testing.T) {
	const now = instant(1000)
	events := map[string]func(*port){
		"nothing":                       func(p *port) {},
		"BEGIN":                         func(p *port) { p.begin = true },
		"port_enabled":                  func(p *port) { p.portEnabled = true },
		"not port_enabled":              func(p *port) { p.portEnabled = false },
		"LACP_Enabled":                  func(p *port) { p.lacpEnabled = true },
		"not LACP_Enabled":              func(p *port) { p.lacpEnabled = false },
		"port_enabled, no LACP_Enabled": func(p *port) { p.portEnabled, p.lacpEnabled = true, false },
		"port_moved":                    func(p *port) { p.portMoved = true },
		"LACPDU":                        func(p *port) { p.received = &PDU{} },
		"current_while":                 func(p *port) { p.currentWhile = timer(now) },
		"current_while not yet":         func(p *port) { p.currentWhile = timer(now + 1) },
		"LACPDU and current_while":      func(p *port) { p.received = &PDU{}; p.currentWhile = timer(now) },
		"not port_enabled, port_moved":  func(p *port) { p.portEnabled, p.portMoved = false, true },
	}
	type exit struct {
		to  ReceiveState
		why string
	}
	down := exit{ReceivePortDisabled, "port_enabled = FALSE AND port_moved = FALSE"}
	disabled := exit{ReceivePortDisabled, "LACP_Enabled = FALSE"}
	heard := exit{ReceiveCurrent, "LACPDU received"}
	uct := exit{ReceivePortDisabled, "UCT"}
	exits := map[ReceiveState]map[string]exit{
		ReceivePortDisabled: {
			"port_enabled":                  {ReceiveExpired, "port_enabled = TRUE AND LACP_Enabled = TRUE"},
			"port_enabled, no LACP_Enabled": {ReceiveLACPDisabled, "port_enabled = TRUE AND LACP_Enabled = FALSE"},
			"port_moved":                    {ReceiveInitialize, "port_moved = TRUE"},
			"not port_enabled, port_moved":  {ReceiveInitialize, "port_moved = TRUE"},
		},
		ReceiveExpired: {
			"not port_enabled": down, "not LACP_Enabled": disabled, "port_enabled, no LACP_Enabled": disabled,
			"LACPDU": heard, "LACPDU and current_while": heard,
			"current_while": {ReceiveDefaulted, "current_while_timer expired"},
		},
		ReceiveLACPDisabled: {
			"not port_enabled": down,
			"LACP_Enabled":     {ReceivePortDisabled, "LACP_Enabled = TRUE"},
		},
		ReceiveDefaulted: {
			"not port_enabled": down, "not LACP_Enabled": disabled, "port_enabled, no LACP_Enabled": disabled,
			"LACPDU": heard, "LACPDU and current_while": heard,
		},
		ReceiveCurrent: {
			"not port_enabled": down, "not LACP_Enabled": disabled, "port_enabled, no LACP_Enabled": disabled,
			"LACPDU": heard, "LACPDU and current_while": heard,
			"current_while": {ReceiveExpired, "current_while_timer expired"},
		},
		ReceiveInitialize: {},
	}
	for event := range events {
		exits[ReceiveInitialize][event] = uct
	}
	for state := range exits {
		exits[state]["BEGIN"] = exit{ReceiveInitialize, "BEGIN"}
		for _, event := range slices.Sorted(maps.Keys(events)) {
			t.Run("RXM-22 "+state.String()+" and "+event, func(t *testing.T) {
				_, p := testPort(t)
				atRest(p, state)
				events[event](p)
				to, why := p.nextReceive(now)
				noteGuard(Transition{Machine: MachineReceive, From: state.String(), Why: why.String()})
				want, leaves := exits[state][event]
				if !leaves {
					want = exit{state, ""}
				}
				if (exit{to, why.String()}) != want {
					t.Errorf("goes to %v by %q, want %v by %q", to, why, want.to, want.why)
				}
			})
		}
	}
}

// The entry actions of each state of the Receive machine.
func TestReceiveEntryActions(t *testing.T) {
	partner := Info{System: SystemID{1, MAC{2, 0, 0, 0, 0, 11}}, Key: 2, Port: PortID{3, 4}, State: 0xff &^ StateTimeout}
	type check struct {
		what      string
		got, want any
	}
	tests := []struct {
		id    string
		from  ReceiveState
		event func(*port)
		check func(*System, *port) []check
	}{
		{"RXM-01 INITIALIZE", ReceiveCurrent, func(p *port) { p.begin = true }, func(_ *System, p *port) []check {
			return []check{{"Selected", p.selected, Unselected}, {"Defaulted", p.defaulted(), true},
				{"Expired", p.actor.State.Has(StateExpired), false}, {"partner", p.partner, p.cfg.PartnerAdmin},
				{"port_moved", p.portMoved, false}, {"begin", p.begin, false}}
		}},
		{"RXM-12 PORT_DISABLED keeps all but Synchronization", ReceiveCurrent, func(p *port) { p.portEnabled = false },
			func(_ *System, p *port) []check {
				want := partner
				want.State &^= StateSynchronization
				return []check{{"Selected", p.selected, Selected}, {"partner", p.partner, want},
					{"Defaulted", p.defaulted(), false}, {"Expired", p.actor.State.Has(StateExpired), true}}
			}},
		{"RXM-02 EXPIRED", ReceiveCurrent, func(p *port) { p.currentWhile = 0 }, func(s *System, p *port) []check {
			want := partner
			want.State = want.State&^StateSynchronization | StateTimeout
			return []check{{"partner", p.partner, want}, {"Expired", p.actor.State.Has(StateExpired), true},
				{"NTT", p.ntt, true}, {"current_while", p.currentWhile, timer(s.now + instant(3*time.Second))},
				{"Selected", p.selected, Selected}}
		}},
		{"RXM-15 LACP_DISABLED", ReceivePortDisabled, func(p *port) { p.portEnabled, p.lacpEnabled = true, false },
			func(_ *System, p *port) []check {
				return []check{{"Selected", p.selected, Unselected}, {"Defaulted", p.defaulted(), true},
					{"Expired", p.actor.State.Has(StateExpired), false},
					{"partner", p.partner, p.cfg.PartnerAdmin}, {"Aggregation", p.partner.State.Has(StateAggregation), false}}
			}},
		{"REC-32 DEFAULTED", ReceiveExpired, func(p *port) { p.currentWhile = 0 }, func(_ *System, p *port) []check {
			return []check{{"Selected", p.selected, Unselected}, {"partner", p.partner, p.cfg.PartnerAdmin},
				{"partner state", p.partner.State, State(0x18)}, {"Defaulted", p.defaulted(), true},
				{"Expired", p.actor.State.Has(StateExpired), false}}
		}},
		{"RXM-05 CURRENT, Long Timeout", ReceiveExpired, func(p *port) { p.received = &PDU{Actor: partner, Partner: p.actor} },
			func(s *System, p *port) []check {
				return []check{{"partner", p.partner, partner}, {"Defaulted", p.defaulted(), false},
					{"Expired", p.actor.State.Has(StateExpired), false}, {"Selected", p.selected, Selected},
					{"current_while", p.currentWhile, timer(s.now + instant(90*time.Second))}}
			}},
		{"RXM-07 CURRENT, Short Timeout", ReceiveDefaulted, func(p *port) {
			p.actor.State |= StateTimeout
			p.received = &PDU{Actor: partner, Partner: p.actor}
		}, func(s *System, p *port) []check {
			return []check{{"current_while", p.currentWhile, timer(s.now + instant(3*time.Second))}}
		}},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			s, p := testPort(t)
			p.selected, p.partner = Selected, partner
			p.actor.State |= StateExpired | StateDefaulted
			if test.from == ReceiveCurrent {
				p.actor.State &^= StateDefaulted
			}
			atRest(p, test.from)
			test.event(p)
			if !s.stepReceive(p) {
				t.Fatal("no transition")
			}
			for _, c := range test.check(s, p) {
				if c.got != c.want {
					t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
				}
			}
		})
	}
}

// A repeated LACPDU takes the short path only if there is nothing else to do.
func TestRefresh(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*System, *port, *PDU)
		want   bool
	}{
		"repeated":            {func(*System, *port, *PDU) {}, true},
		"not in CURRENT":      {func(_ *System, p *port, _ *PDU) { p.receive = ReceiveExpired }, false},
		"LACP disabled":       {func(_ *System, p *port, _ *PDU) { p.lacpEnabled = false }, false},
		"another partner":     {func(_ *System, _ *port, d *PDU) { d.Actor.Key++ }, false},
		"another state":       {func(_ *System, _ *port, d *PDU) { d.Actor.State ^= StateDistributing }, false},
		"another echo":        {func(_ *System, _ *port, d *PDU) { d.Partner.Key++ }, false},
		"our state changed":   {func(_ *System, p *port, _ *PDU) { p.actor.State ^= StateTimeout }, false},
		"sync lost in record": {func(_ *System, p *port, _ *PDU) { p.partner.State ^= StateSynchronization }, false},
		"a timer is due":      {func(s *System, p *port, _ *PDU) { s.now = s.deadlines[p.place].at }, false},
		"an appointment is too late": {func(s *System, p *port, _ *PDU) {
			s.deadlines.plan(p, s.now+instant(time.Hour))
		}, false},
		"no appointment": {func(s *System, p *port, _ *PDU) { s.deadlines.cancel(p) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{})
			d.establish(1)
			d.hear(1)
			p, pdu := d.byNumber.get(1), d.healthy(1)
			d.System.now += instant(time.Second)
			test.change(d.System, p, &pdu)
			before := p.currentWhile
			got := d.refresh(p, &pdu)
			if restarted := p.currentWhile != before; got != test.want || restarted != test.want {
				t.Errorf("refresh = %v, current_while restarted %v; want %v", got, restarted, test.want)
			}
		})
	}
}

func TestWithdrawOnExpired(t *testing.T) {
	for _, withdraw := range []bool{false, true} {
		d := newDUT(t, Config{WithdrawOnExpired: withdraw}, PortConfig{ShortTimeout: true})
		d.establish(1)
		d.hear(1)
		d.pass(3 * time.Second)
		st := d.port(1)
		want := State(0x8f)
		if withdraw {
			want = 0x87
		}
		sent := d.sent[1]
		if st.Receive != ReceiveExpired || st.Mux != MuxAttached || st.Actor.State != want || sent[len(sent)-1].Actor.State != want {
			t.Errorf("withdraw %v: Receive machine %v, Mux state %v, state %v, sent state %v", withdraw, st.Receive, st.Mux, st.Actor.State, sent[len(sent)-1].Actor.State)
		}
		d.hear(1)
		if !d.usable(1) || d.port(1).Actor.State != 0x3f {
			t.Errorf("withdraw %v: not usable with state **DCSGSA after a LACPDU: %v", withdraw, d.port(1).Reason)
		}
		// A bounce of the link is not a loss of the partner.
		d.down(1)
		d.up(1)
		if got := d.port(1).Actor.State; got != 0x8f {
			t.Errorf("withdraw %v: state after a bounce %v, want E***SGSA", withdraw, got)
		}
	}
}

// A partner's first LACPDU after EXPIRED without news about us is not answered.
func TestReturnFromExpiredIsNoNews(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.hear(1, notInSync)
	d.pass(4 * time.Second)
	if got := d.port(1); got.Receive != ReceiveExpired || got.Mux != MuxAttached {
		t.Fatalf("after 4 s: Receive machine %v, Mux state %v; want EXPIRED, ATTACHED", got.Receive, got.Mux)
	}
	d.pass(time.Second / 2) // until the transmit limit allows LACPDUs again
	d.forget()
	d.hear(1, notInSync)
	if got := d.port(1).Receive; got != ReceiveCurrent || len(d.sent[1]) != 0 {
		t.Errorf("Receive machine %v, sent %v; want CURRENT, nothing", got, d.sent[1])
	}
}

// A port that attaches in EXPIRED announces Synchronization when it hears the partner again: one
// that reads only that bit would send into a port that does not collect.
func TestWithdrawOnExpiredBeforeTheFirstSync(t *testing.T) {
	for withdraw, want := range map[bool]State{false: 0x8f, true: 0x87} {
		d := newDUT(t, Config{WithdrawOnExpired: withdraw, AggregateWait: 5 * time.Second}, PortConfig{ShortTimeout: true})
		d.up(1)
		d.hear(1)
		d.pass(4 * time.Second)
		if got := d.port(1); got.Receive != ReceiveExpired || got.Mux != MuxWaiting {
			t.Fatalf("withdraw %v: after 4 s: Receive machine %v, Mux state %v; want EXPIRED, WAITING", withdraw, got.Receive, got.Mux)
		}
		d.pass(time.Second)
		d.wants(MuxAttached, want)
		if sent := d.sent[1]; sent[len(sent)-1].Actor.State != want {
			t.Errorf("withdraw %v: sent state %v, want %v", withdraw, sent[len(sent)-1].Actor.State, want)
		}
		d.forget()
		d.hear(1)
		d.wants(MuxDistributing, 0x3f)
		if withdraw && len(d.sent[1]) == 0 {
			t.Error("nothing sent when Synchronization returns, want a LACPDU")
		}
	}
}

// A port that is not attached has no Synchronization to announce again.
func TestReturnBeforeTheFirstSyncIsNoNews(t *testing.T) {
	d := newDUT(t, Config{WithdrawOnExpired: true, AggregateWait: 5 * time.Second}, PortConfig{ShortTimeout: true})
	d.up(1)
	d.hear(1)
	d.pass(4500 * time.Millisecond)
	d.forget()
	d.hear(1)
	d.wants(MuxWaiting, 0x07)
	if len(d.sent[1]) != 0 {
		t.Errorf("sent %v, want nothing", d.sent[1])
	}
}

// A port that leaves its aggregator in EXPIRED and attaches to another one has not heard its partner either.
func TestWithdrawOnExpiredLastsOverAnAggregator(t *testing.T) {
	d := newDUT(t, Config{WithdrawOnExpired: true}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.hear(1)
	d.pass(3 * time.Second)
	d.wants(MuxAttached, 0x87)
	d.set(func(c *PortConfig) { c.Key++ })
	d.pass(2 * time.Second)
	d.wants(MuxAttached, 0x87)
	d.hear(1)
	d.wants(MuxDistributing, 0x3f)
}

func TestReceiveConformance(t *testing.T) {
	t.Run("RXM-03 and RXM-04 EXPIRED lasts 3 s with either timeout", func(t *testing.T) {
		for _, short := range []bool{false, true} {
			d := newDUT(t, Config{}, PortConfig{ShortTimeout: short})
			d.up(1)
			d.pass(2999 * time.Millisecond)
			if got := d.port(1).Receive; got != ReceiveExpired {
				t.Errorf("Receive machine %v before 3 s", got)
			}
			d.pass(time.Millisecond)
			if got := d.port(1).Receive; got != ReceiveDefaulted {
				t.Errorf("Receive machine %v after 3 s", got)
			}
		}
	})
	for _, test := range []struct {
		name    string
		short   bool
		partner State
		expires time.Duration
	}{
		{"RXM-07 and RXM-10 loss of the partner, Short Timeout", true, 0x3f, 3 * time.Second},
		{"RXM-08 and RXM-10 loss of the partner, Long Timeout", false, 0x3d, 90 * time.Second},
		{"RXM-09 our Timeout decides, Long here", false, 0x3f, 90 * time.Second},
		{"RXM-09 our Timeout decides, Short here", true, 0x3d, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{ShortTimeout: test.short})
			d.establish(1)
			d.hear(1, func(p *PDU) { p.Actor.State = test.partner })
			d.pass(test.expires - time.Millisecond)
			if got := d.port(1).Receive; got != ReceiveCurrent {
				t.Errorf("%+v: %v just before", test, got)
			}
			d.pass(time.Millisecond)
			if st := d.port(1); st.Receive != ReceiveExpired || st.Usable() || st.Mux != MuxAttached || st.Selected != Selected {
				t.Errorf("%+v: %v, %v, %v", test, st.Receive, st.Mux, st.Selected)
			}
			d.pass(3 * time.Second)
			if st := d.port(1); st.Receive != ReceiveDefaulted || st.Partner != DefaultPartnerAdmin(1) {
				t.Errorf("%+v: 3 s later %v with partner %+v", test, st.Receive, st.Partner)
			}
			if last := d.sent[1][len(d.sent[1])-1]; last.Partner != DefaultPartnerAdmin(1) {
				t.Errorf("%+v: sent %+v as the partner", test, last.Partner)
			}
		})
	}
	t.Run("RXM-06 DEFAULTED and a LACPDU", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(5 * time.Second)
		d.hear(1)
		if st := d.port(1); st.Receive != ReceiveCurrent || st.Actor.State.Has(StateDefaulted) || st.Mux != MuxWaiting {
			t.Errorf("%v, actor %v, %v", st.Receive, st.Actor.State, st.Mux)
		}
	})
	t.Run("RXM-11 a LACPDU each 2.9 s keeps CURRENT", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
		d.establish(1)
		for range 21 {
			d.hear(1)
			d.pass(2900 * time.Millisecond)
		}
		for _, tr := range d.trace {
			if tr.Machine != MachinePeriodic {
				t.Errorf("transition %v", tr)
			}
		}
	})
	t.Run("RXM-12 and RXM-13 carrier is lost for a moment", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.down(1)
		st := d.port(1)
		if st.Receive != ReceivePortDisabled || st.Selected != Selected || st.Partner.System != partnerSystem ||
			st.Partner.State.Has(StateSynchronization) || st.Mux != MuxAttached || !st.Actor.State.Has(StateSynchronization) {
			t.Errorf("status %+v", st)
		}
		d.pass(500 * time.Millisecond)
		d.up(1)
		if got := d.port(1).Receive; got != ReceiveExpired {
			t.Errorf("port 1: Receive machine %v, want EXPIRED", got)
		}
		d.hear(1)
		if st := d.port(1); !st.Usable() {
			t.Errorf("%v right after the LACPDU, want DISTRIBUTING", st.Mux)
		}
	})
	t.Run("RXM-14 another partner after the carrier is back", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.up(1)
		d.hear(1, from(0x0c, 2))
		if got := d.port(1).Mux; got != MuxWaiting {
			t.Errorf("port 1: Mux state %v, want WAITING", got)
		}
		d.pass(1999 * time.Millisecond)
		if got := d.port(1).Mux; got != MuxWaiting {
			t.Errorf("Mux state %v before 2 s", got)
		}
		d.pass(time.Millisecond)
		if !d.usable(1) {
			t.Errorf("Mux state %v after 2 s although the partner is in sync", d.port(1).Mux)
		}
	})
	t.Run("RXM-15 and RXM-16 LACP is disabled and enabled", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		c := d.port(1).Config
		c.Disabled = true
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		st := d.port(1)
		if st.Receive != ReceiveLACPDisabled || !st.Actor.State.Has(StateDefaulted) || st.Partner.State.Has(StateAggregation) {
			t.Errorf("disabled: %v, %v", st.Receive, st.Actor.State)
		}
		if kind, _ := d.Receive(d.now, 1, pduFrame(d.healthy(1))); kind != SlowLACPDU || d.port(1).Partner != st.Partner { // VAL-17
			t.Errorf("a LACPDU changed the partner to %+v", d.port(1).Partner)
		}
		d.drain()
		c.Disabled = false
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if got := d.port(1).Receive; got != ReceiveExpired {
			t.Errorf("enabled: %v", got)
		}
		d.establish(1)
	})
	t.Run("RXM-17 half duplex", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.link(1, Link{Up: true, Duplex: DuplexHalf, SpeedMbps: 100})
		d.pass(time.Minute)
		if got := d.port(1).Receive; got != ReceiveLACPDisabled || len(d.sent[1]) != 0 {
			t.Errorf("%v, %d LACPDUs sent", got, len(d.sent[1]))
		}
	})
	// The partner's port that was connected to port 1 is heard on port 2.
	moved := func(p *PDU) { p.Actor.Port.Number = 101 }
	t.Run("RXM-18 the partner moves from a port that is down", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.up(2)
		d.hear(2, moved)
		st := d.port(1)
		if st.Receive != ReceivePortDisabled || st.Partner.System != (SystemID{}) || !st.Actor.State.Has(StateDefaulted) || st.Mux != MuxDetached {
			t.Errorf("port 1 is %v, %v with partner %+v", st.Receive, st.Mux, st.Partner)
		}
		if got := d.port(2).Receive; got != ReceiveCurrent {
			t.Errorf("port 2 is %v", got)
		}
	})
	t.Run("RXM-19 a port that is up is left alone", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		before := d.port(1)
		d.up(2)
		d.hear(2, moved)
		if d.port(1) != before {
			t.Errorf("port 1 was %+v, is %+v", before, d.port(1))
		}
	})
	t.Run("RXM-20 another port of the same partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.up(2)
		d.hear(2)
		if st := d.port(1); st.Partner.System != partnerSystem || st.Selected != Selected {
			t.Errorf("port 1: partner %+v, %v", st.Partner, st.Selected)
		}
	})
	t.Run("RXM-21 and VAL-16 a LACPDU while the carrier is down", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		before := d.port(1)
		d.hear(1)
		before.Counters.LACPDUsRx++
		before.LastRx = d.now
		if st := d.port(1); st != before {
			t.Errorf("was %+v, is %+v", before, st)
		}
	})
	t.Run("RXM-23 a LACPDU that waits is processed before a timer that is due", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
		d.establish(1)
		d.hear(1)
		d.now = d.now.Add(3 * time.Second)
		d.hear(1)
		d.Advance(d.now)
		d.drain()
		if st := d.port(1); !st.Usable() || st.Counters.Expired != 1 {
			t.Errorf("%v, EXPIRED %d times, want once at the start", st.Reason, st.Counters.Expired)
		}
	})
	t.Run("RXM-24 Partner_Admin changes in DEFAULTED", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		c := d.port(1).Config
		c.PartnerAdmin.State = 0
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if st := d.port(1); st.Usable() || st.Mux != MuxAttached || st.Partner.State != 0 {
			t.Errorf("%v, partner %v", st.Mux, st.Partner.State)
		}
	})
	t.Run("RXM-24 Partner_Admin changes in LACP_DISABLED", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Disabled: true})
		d.up(1)
		d.pass(3 * time.Second)
		c := d.port(1).Config
		c.PartnerAdmin = Info{System: partnerSystem, Key: 5, State: 0x1c}
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		want := c.PartnerAdmin
		want.State &^= StateAggregation
		if st := d.port(1); st.Partner != want || st.Mux != MuxWaiting {
			t.Errorf("partner %+v, %v", st.Partner, st.Mux)
		}
	})
	t.Run("Partner_Admin changes while the link is down", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		d.down(1)
		c := d.port(1).Config
		c.PartnerAdmin.State |= StateActivity
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if st := d.port(1); st.Usable() || st.Partner.State.Has(StateSynchronization) {
			t.Errorf("%v, partner %v", st.Mux, st.Partner.State)
		}
		d.up(1)
		d.pass(3 * time.Second)
		if st := d.port(1); st.Partner.State != 0x19 {
			t.Errorf("in the next DEFAULTED the partner is %v", st.Partner.State)
		}
	})
	t.Run("RequirePartner leaves a port without a partner alone", func(t *testing.T) {
		admin := Info{System: partnerSystem, Key: 2, Port: PortID{0x8000, 101}, State: 0x1c}
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{PartnerAdmin: admin})
		d.establish(1) // the partner has the values of Partner_Admin
		d.pass(100 * time.Second)
		if st := d.port(1); st.Receive != ReceiveDefaulted || st.SelectedAggregator != 0 || st.Reason.Code != ReasonDefaulted {
			t.Errorf("%v on aggregator %d: %v", st.Receive, st.SelectedAggregator, st.Reason)
		}
	})
}
