package lacp

import (
	"testing"
	"time"
)

// A partner that is Expired, shows us out of sync and still claims to collect has not
// heard us since its link came up, so frames sent to it are lost. TreatExpiredAsOutOfSync doubts no
// other claim. The standard does not doubt this one either.
func TestPartnerThatHasNotHeardUsBOX23(t *testing.T) {
	heed := Config{TreatExpiredAsOutOfSync: true, RequirePartner: true}
	for _, test := range []struct {
		name  string
		cfg   Config
		port  PortConfig
		state State // of the partner: its bits, as on the wire
		echo  []func(*PDU)
		want  MuxState
	}{
		{"it claims to collect", heed, PortConfig{}, 0xbd, []func(*PDU){unsynced}, MuxAttached},
		{"it claims to, coupled", heed, PortConfig{CoupledControl: true}, 0xbd, []func(*PDU){unsynced}, MuxAttached},
		{"it asks for fast LACPDUs", heed, PortConfig{ShortTimeout: true}, 0xbf, []func(*PDU){unsynced}, MuxAttached},
		{"it does not claim to collect", heed, PortConfig{}, 0x8d, []func(*PDU){unsynced}, MuxCollecting},
		{"it is not Expired", heed, PortConfig{}, 0x3d, []func(*PDU){unsynced}, MuxDistributing},
		{"it shows us in sync", heed, PortConfig{}, 0xbd, nil, MuxDistributing},
		{"the standard", Config{RequirePartner: true}, PortConfig{}, 0xbd, []func(*PDU){unsynced}, MuxDistributing},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, test.cfg, test.port)
			d.establish(1)
			d.down(1)
			d.pass(700 * time.Millisecond)
			d.up(1)
			d.forget()
			d.hear(1, append(test.echo, says(test.state))...)
			if got := d.port(1); got.Mux != test.want {
				t.Errorf("Mux state %v, want %v", got.Mux, test.want)
			}
			if mux, want := d.muxes[1].Distributing, test.want == MuxDistributing; mux != want {
				t.Errorf("distributing %v, want %v", mux, want)
			}
			if n := len(d.sent[1]); n != 1 || !d.sent[1][0].Actor.State.Has(StateSynchronization) {
				t.Fatalf("%d LACPDUs at once, want one with Synchronization: %+v", n, d.sent[1])
			}
			if test.want != MuxAttached {
				return
			}
			if d.sent[1][0].Partner.State.Has(StateSynchronization) {
				t.Error("the answer shows the partner in sync, so that the partner need not answer")
			}
			d.hear(1, says(test.state)) // it shows us in sync, but is still Expired
			if got := d.port(1); got.Mux != MuxAttached || got.Reason.Code != ReasonPartnerDefaultedUs {
				t.Errorf("before the partner leaves EXPIRED: %v, %v", got.Mux, got.Reason)
			}
			d.hear(1, says(test.state&^StateExpired))
			if !d.usable(1) {
				t.Errorf("after the partner left EXPIRED: %v", d.port(1).Reason)
			}
		})
	}
}

func TestOneWay(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	deaf := func(p *PDU) { p.Actor.State |= StateExpired }
	for i := range 5 {
		d.hear(1, deaf)
		if got := d.port(1).OneWay; got != (i >= 3) {
			t.Errorf("%d s after the first: OneWay %v", i, got)
		}
		d.pass(time.Second)
	}
	if got := d.port(1).Counters.OneWay; got != 1 {
		t.Errorf("OneWay counted %d times, want 1", got)
	}
	d.hear(1)
	if d.port(1).OneWay {
		t.Error("OneWay is still set though the partner hears us again")
	}
	t.Run("the old echo of an Individual partner does not matter", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.keepUp(4*time.Second, []PortNumber{1}, individualPartner, func(p *PDU) { p.Partner.Key = 77 })
		if d.port(1).OneWay {
			t.Error("OneWay is set although the partner's LACPDUs need no echo")
		}
	})
	t.Run("a link that is down has no direction", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.keepUp(4*time.Second, []PortNumber{1}, func(p *PDU) { p.Partner.Key = 77 })
		if !d.port(1).OneWay {
			t.Fatal("OneWay is not set although the partner has not heard us for 4 s")
		}
		d.down(1)
		if d.port(1).OneWay {
			t.Error("OneWay is still set though the link is down")
		}
	})
}

// While the partner is out of sync anyway, only update_NTT causes LACPDUs.
func TestWrongEchoAloneIsAnswered(t *testing.T) {
	for _, item := range identity {
		t.Run(item.echo+" the echo of our "+item.name+" is wrong, ATTACHED", func(t *testing.T) {
			d := attached(t, PortConfig{})
			d.pass(2 * time.Second)
			d.forget()
			d.hear(1, says(0x05), func(p *PDU) { item.change(&p.Partner) })
			if len(d.sent[1]) != 1 || len(d.trace) != 0 {
				t.Errorf("%d LACPDUs sent, want 1; trace %v", len(d.sent[1]), d.trace)
			}
			d.hear(1, says(0x05))
			if len(d.sent[1]) != 1 {
				t.Errorf("%d LACPDUs sent after a correct echo, want still 1", len(d.sent[1]))
			}
		})
	}
}

// A partner is Expired until it has heard us once. It may still hear us later.
func TestTreatExpiredAsOutOfSyncWhileComingUp(t *testing.T) {
	for state, want := range map[State]MuxState{0x8d: MuxCollecting, 0x9d: MuxDistributing} {
		d := newDUT(t, Config{TreatExpiredAsOutOfSync: true}, PortConfig{})
		d.up(1)
		d.hear(1, says(0x85))
		d.pass(2 * time.Second)
		d.hear(1, says(state))
		if got := d.port(1).Mux; got != want {
			t.Errorf("partner %v: Mux state %v, want %v", state, got, want)
		}
	}
	// Nor does the state matter without TreatExpiredAsOutOfSync, or on a link in use whose partner
	// is not Expired.
	d := newDUT(t, Config{TreatExpiredAsOutOfSync: true}, PortConfig{})
	d.establish(1)
	d.hear(1)
	if !d.usable(1) {
		t.Error("the port is not usable with a healthy partner")
	}
}

// A partner is heard on another port (port_moved).
func TestMovedPartners(t *testing.T) {
	t.Run("RXM-20 the same port number of another System", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.up(2)
		d.hear(2, from(0x0c, 2), func(p *PDU) { p.Actor.Port.Number = 101 })
		if st := d.port(1); st.Partner.System != partnerSystem || st.Selected != Selected {
			t.Errorf("port 1: partner %+v, %v", st.Partner, st.Selected)
		}
	})
	t.Run("RXM-20 the port held no partner but Partner_Admin", func(t *testing.T) {
		admin := Info{System: partnerSystem, Key: 2, Port: PortID{0x8000, 101}, State: 0x18}
		d := newDUT(t, Config{}, PortConfig{PartnerAdmin: admin}, PortConfig{})
		d.up(1)
		d.pass(5 * time.Second)
		if !d.usable(1) {
			t.Fatalf("port 1 is not usable: %v", d.port(1).Reason)
		}
		d.down(1)
		d.up(2)
		d.hear(2, func(p *PDU) { p.Actor.Port.Number = 101 })
		if st := d.port(1); st.Selected != Selected || st.Mux != MuxAttached {
			t.Errorf("port 1: %v, Mux state %v", st.Selected, st.Mux)
		}
	})
}

// A LACPDU without news for its own port shows that a partner has left another port.
// A seed of the swarm found this case.
func TestRepeatedLACPDUOfMovedPartner(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	moved := func(p *PDU) { p.Actor.Port.Number = 101 }
	d.establish(1)
	d.up(2)
	for range 3 {
		d.hear(2, moved) // while port 1 is up and has also heard the partner
		d.pass(2 * time.Second)
	}
	d.down(1)
	d.hear(2, moved)
	if st := d.port(1); st.Receive != ReceivePortDisabled || st.Partner.System == partnerSystem || st.Mux != MuxDetached {
		t.Errorf("port 1: partner %+v, Receive machine %v, Mux state %v", st.Partner, st.Receive, st.Mux)
	}
}

// identity changes one of the values that identify an end of a link. One id is for the
// change in the partner's own values, the other for the change in its echo of ours.
var identity = []struct {
	own, echo string
	name      string
	change    func(*Info)
}{
	{"REC-01", "REC-08 and REC-20", "port", func(i *Info) { i.Port.Number++ }},
	{"REC-02", "REC-09 and REC-21", "port priority", func(i *Info) { i.Port.Priority++ }},
	{"REC-03", "REC-10 and REC-22", "system", func(i *Info) { i.System.MAC[3]++ }},
	{"REC-04", "REC-11 and REC-23", "system priority", func(i *Info) { i.System.Priority++ }},
	{"REC-05", "REC-12 and REC-24", "key", func(i *Info) { i.Key++ }},
	{"REC-06", "REC-16 and REC-25", "Aggregation", func(i *Info) { i.State ^= StateAggregation }},
}

func TestRecordConformance(t *testing.T) {
	actor := func(change func(*Info)) func(*PDU) { return func(p *PDU) { change(&p.Actor) } }
	echo := func(change func(*Info)) func(*PDU) { return func(p *PDU) { change(&p.Partner) } }
	flip := func(s State) func(*Info) { return func(i *Info) { i.State ^= s } }
	established := func(t *testing.T) *dut {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		return d
	}
	for _, item := range identity {
		t.Run(item.own+" the partner's "+item.name+" changes", func(t *testing.T) {
			d := established(t)
			d.hear(1, actor(item.change))
			st := d.port(1)
			if st.Mux != MuxWaiting || st.Counters.PartnerChanges != 2 || len(d.sent[1]) != 1 {
				t.Errorf("%v, %d changes counted, %d sent", st.Mux, st.Counters.PartnerChanges, len(d.sent[1]))
			}
		})
		t.Run(item.echo+" the echo of our "+item.name+" is wrong", func(t *testing.T) {
			d := established(t)
			d.hear(1, echo(item.change))
			st := d.port(1)
			if len(d.sent[1]) != 1 || st.Selected != Selected || st.Mux != MuxAttached || st.Partner.State.Has(StateSynchronization) {
				t.Errorf("%d sent, %v, %v, partner %v", len(d.sent[1]), st.Selected, st.Mux, st.Partner.State)
			}
			if st.Reason.Code != ReasonPartnerStale {
				t.Errorf("reason %v", st.Reason)
			}
		})
		t.Run("REC-26 the same from an Individual partner: "+item.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{})
			d.up(1)
			for range 3 {
				d.hear(1, individualPartner)
				d.pass(2 * time.Second)
			}
			d.hear(1, individualPartner, echo(item.change))
			if st := d.port(1); !st.Partner.State.Has(StateSynchronization) || !st.Usable() {
				t.Errorf("partner %v, %v", st.Partner.State, st.Mux)
			}
		})
	}
	for _, bit := range []State{StateActivity, StateTimeout, StateSynchronization, StateCollecting, StateDistributing, StateDefaulted, StateExpired} {
		t.Run("REC-07 the partner's "+bit.Flags()[0]+" changes", func(t *testing.T) {
			d := established(t)
			d.hear(1, actor(flip(bit)))
			if got := d.port(1); got.Selected != Selected || got.Partner.State != 0x3d^bit && bit != StateActivity {
				t.Errorf("%v, partner %v", got.Selected, got.Partner.State)
			}
		})
	}
	for name, bits := range map[string]State{
		"REC-13 the echo of our Activity is wrong":        StateActivity,
		"REC-14 the echo of our Timeout is wrong":         StateTimeout,
		"REC-15 the echo of our Synchronization is wrong": StateSynchronization,
		"REC-17 the echo of all of them is wrong":         StateActivity | StateTimeout | StateSynchronization | StateAggregation,
	} {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			d.hear(1, echo(flip(bits)))
			if len(d.sent[1]) != 1 {
				t.Errorf("%d sent, want 1", len(d.sent[1]))
			}
		})
	}
	t.Run("REC-18 other bits of the echo don't matter", func(t *testing.T) {
		for _, bit := range []State{StateCollecting, StateDistributing, StateDefaulted, StateExpired} {
			d := established(t)
			d.hear(1, echo(flip(bit)))
			if len(d.sent[1]) != 0 || !d.usable(1) {
				t.Errorf("%v: %d sent, %v", bit, len(d.sent[1]), d.port(1).Mux)
			}
		}
	})
	t.Run("REC-19 a healthy LACPDU is not answered", func(t *testing.T) {
		d := established(t)
		d.hear(1)
		if len(d.sent[1]) != 0 || len(d.trace) != 0 {
			t.Errorf("%d sent, %v", len(d.sent[1]), d.trace)
		}
		collecting := d.port(1).Echo.State ^ StateCollecting
		d.hear(1, func(p *PDU) { p.Partner.State = collecting })
		if got := d.port(1).Echo.State; got != collecting {
			t.Errorf("Echo is %v, the partner sent %v", got, collecting)
		}
	})
	for _, test := range []struct {
		name       string
		passive    bool // we are Passive
		actor, our State
		want       bool
	}{
		{"the partner is in sync", false, 0x3d, 0x3d, true},
		{"REC-27 not in sync", false, 0x35, 0x3d, false},
		{"REC-27 Individual, not in sync", false, 0x31, 0x3d, false},
		{"REC-28 Passive, knows that we are Active", false, 0x3c, 0x3d, true},
		{"REC-29 Passive, takes us for Passive", false, 0x3c, 0x3c, false},
		{"REC-29 Passive, and so are we", true, 0x3c, 0x3d, false},
		{"Active, we are Passive", true, 0x3d, 0x3c, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{Passive: test.passive})
			d.up(1)
			d.hear(1, func(p *PDU) { p.Actor.State, p.Partner.State = test.actor, test.our })
			if got := d.port(1).Partner.State.Has(StateSynchronization); got != test.want {
				t.Errorf("partner in sync %v, want %v", got, test.want)
			}
		})
	}
	t.Run("REC-30 all bits of the partner are kept, Defaulted is cleared", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, func(p *PDU) { p.Actor.State = 0xff })
		if st := d.port(1); st.Partner.State != 0xff || st.Actor.State.Has(StateDefaulted) || st.Actor.State.Has(StateExpired) {
			t.Errorf("partner %v, actor %v", st.Partner.State, st.Actor.State)
		}
	})
	t.Run("REC-31 Partner_Admin is the partner", func(t *testing.T) {
		admin := Info{System: partnerSystem, Key: 2, Port: PortID{0x8000, 101}, State: 0x1c}
		d := newDUT(t, Config{}, PortConfig{PartnerAdmin: admin})
		d.establish(1)
		d.pass(100 * time.Second)
		if st := d.port(1); st.Receive != ReceiveDefaulted || st.Selected != Selected || st.Counters.ActorSyncTransitions != 1 || !st.Usable() {
			t.Errorf("Receive machine %v, %v, attached %d times", st.Receive, st.Selected, st.Counters.ActorSyncTransitions)
		}
	})
	t.Run("TreatExpiredAsOutOfSync: a partner in EXPIRED is not in sync", func(t *testing.T) {
		for _, heed := range []bool{false, true} {
			d := newDUT(t, Config{TreatExpiredAsOutOfSync: heed}, PortConfig{})
			d.establish(1)
			expired := actor(flip(StateExpired))
			d.hear(1, expired)
			d.hear(1, expired)
			if got := d.usable(1); got == heed {
				t.Errorf("TreatExpiredAsOutOfSync %v: usable %v, reason %v", heed, got, d.port(1).Reason)
			}
			d.hear(1)
			if !d.usable(1) {
				t.Errorf("TreatExpiredAsOutOfSync %v: afterwards %v", heed, d.port(1).Reason)
			}
		}
	})
	t.Run("REC-33 our Aggregation changes", func(t *testing.T) {
		d := established(t)
		echoed := d.port(1).Actor
		c := d.port(1).Config
		c.Individual = true
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
		stale := func(p *PDU) { p.Partner = echoed }
		d.hear(1, stale)
		if st := d.port(1); len(d.sent[1]) != 2 || st.Partner.State.Has(StateSynchronization) {
			t.Errorf("%d sent, partner %v", len(d.sent[1]), st.Partner.State)
		}
		d.hear(1)
		if !d.port(1).Partner.State.Has(StateSynchronization) {
			t.Error("not in sync after a correct echo")
		}
	})
}
