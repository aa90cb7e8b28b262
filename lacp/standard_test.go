package lacp

import (
	"testing"
	"time"
)

// The Receive machine and its functions as a partner sees them (6.4.9, 6.4.12).

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
