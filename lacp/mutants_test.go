package lacp

import (
	"testing"
	"time"
)

// Cases that mutation testing of the guards found to be untested.

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

// The Since of a reason does not change with each LACPDU.
func TestReasonKeepsItsTime(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	group := func(p *PDU) { p.Actor.System.MAC = SlowProtocolsMulticast }
	d.hear(1, group)
	since := d.now
	for _, s := range []State{0x05, 0x0d, 0x07} {
		d.pass(5 * time.Second)
		d.hear(1, group, says(s))
		if r := d.port(1).Reason; r.Code != ReasonPartnerInvalid || !r.Since.Equal(since) {
			t.Errorf("%v since %v, want since %v", r, r.Since.Sub(start), since.Sub(start))
		}
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

// A failure reported before any LACPDU was sent does not lower LACPDUsTx.
func TestTransmitFailedWithoutTransmit(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Passive: true})
	d.up(1)
	d.TransmitFailed(d.now, 1)
	d.drain()
	if got := d.port(1).Counters; got.LACPDUsTx != 0 || got.TxErrors != 1 {
		t.Errorf("LACPDUsTx %d, TxErrors %d; want 0, 1", got.LACPDUsTx, got.TxErrors)
	}
}

// Reasons that are close to each other.
func TestReasonsThatAreAlike(t *testing.T) {
	t.Run("Passive, with a partner that is not in sync", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Passive: true})
		d.establish(1)
		d.hear(1, says(0x05))
		if got := d.port(1).Reason.Code; got != ReasonPartnerNotInSync {
			t.Errorf("port 1: reason %v, want PartnerNotInSync", got)
		}
	})
	t.Run("an Individual partner that is not in sync and echoes something old", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, says(0x01), func(p *PDU) { p.Partner.Key = 77 })
		d.pass(2 * time.Second)
		if got := d.port(1).Reason.Code; got != ReasonPartnerNotInSync {
			t.Errorf("port 1: reason %v, want PartnerNotInSync", got)
		}
	})
	t.Run("no aggregator, and standby", func(t *testing.T) {
		for selected, want := range map[Selection]ReasonCode{Unselected: ReasonNoAggregator, Standby: ReasonStandby} {
			s, p := testPort(t)
			p.portEnabled, p.receive, p.mux, p.selected = true, ReceiveCurrent, MuxWaiting, selected
			p.partner = Info{System: partnerSystem, Key: 2, Port: PortID{1, 1}, State: 0x3d}
			p.setActorState(StateDefaulted, false)
			if got := s.reason(p).Code; got != want {
				t.Errorf("%v: reason %v, want %v", selected, got, want)
			}
		}
	})
	t.Run("one value only", func(t *testing.T) {
		for want, r := range map[string]Reason{
			"PartnerStale (a)":             {Code: ReasonPartnerStale, Have: "a"},
			"PartnerStale (have , want b)": {Code: ReasonPartnerStale, Want: "b"},
			"PartnerStale":                 {Code: ReasonPartnerStale},
		} {
			if got := r.String(); got != want {
				t.Errorf("reason %s, want %s", got, want)
			}
		}
	})
	t.Run("the first difference", func(t *testing.T) {
		base := Info{System: SystemID{1, MAC{2}}, Key: 3, Port: PortID{4, 5}, State: 0x3d}
		for _, test := range []struct {
			change     func(*Info)
			have, want string
		}{
			{func(i *Info) { i.System.Priority, i.Key, i.Port.Number = 9, 9, 9 }, "system 0009,02:00:00:00:00:00", "system 0001,02:00:00:00:00:00"},
			{func(i *Info) { i.Key, i.Port.Number = 9, 9 }, "key 9", "key 3"},
			{func(i *Info) { i.Port.Number, i.State = 9, 0 }, "port 9 of priority 4", "port 5 of priority 4"},
			{func(i *Info) { i.State = 0x05 }, "state *****G*A", "state **DCSG*A"},
		} {
			other := base
			test.change(&other)
			if have, want := firstDifference(&other, &base); have != test.have || want != test.want {
				t.Errorf("differences %q and %q, want %q and %q", have, want, test.have, test.want)
			}
		}
	})
}
