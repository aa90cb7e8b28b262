package lacp

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// testPort returns a port of a new System. Its timers are stopped and its machines are
// in no particular state. Tests set what they need.
func testPort(tb testing.TB) (*System, *port) {
	tb.Helper()
	s := newSystem(tb, Config{System: SystemID{MAC: MAC{2, 0, 0, 0, 0, 10}}})
	addPort(tb, s, start, PortConfig{Number: 1, Key: 1, MAC: MAC{2, 0, 0, 0, 1, 10}})
	s.Actions()
	return s, s.byNumber.get(1)
}

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
