package lacp

import (
	"testing"
	"time"
)

// The numbers and counters of management (7.3).
func TestManagementConformance(t *testing.T) {
	t.Run("MGT-09 the numbers of states", func(t *testing.T) {
		for want, got := range []ReceiveState{ReceiveCurrent, ReceiveExpired, ReceiveDefaulted, ReceiveInitialize, ReceiveLACPDisabled, ReceivePortDisabled} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
		for want, got := range []MuxState{MuxDetached, MuxWaiting, MuxAttached, MuxCollecting, MuxDistributing, MuxCollectingDistributing} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
		for want, got := range []ChurnState{ChurnNone, Churn, ChurnMonitor} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
	})
	t.Run("MGT-10 no aggregator", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		selected := func(want, wantAttached AggregatorID) {
			t.Helper()
			if st := d.port(1); st.SelectedAggregator != want || st.AttachedAggregator != wantAttached {
				t.Errorf("selected %d, attached %d; want %d, %d", st.SelectedAggregator, st.AttachedAggregator, want, wantAttached)
			}
		}
		selected(0, 0)
		d.up(1)
		d.hear(1)
		selected(1, 0)
		d.pass(2 * time.Second)
		selected(1, 1)
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{} })
		selected(0, 0)
	})
	t.Run("MGT-11 changes, and times in sync", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		before := d.port(1).Counters
		d.hear(1, says(0x05))
		d.hear(1)
		d.hear(1, from(0x0c, 2))
		d.pass(2 * time.Second)
		got := d.port(1).Counters
		for what, test := range map[string][3]uint64{
			"ActorSyncTransitions":   {before.ActorSyncTransitions, got.ActorSyncTransitions, 1},
			"PartnerSyncTransitions": {before.PartnerSyncTransitions, got.PartnerSyncTransitions, 1},
			"ActorChanges":           {before.ActorChanges, got.ActorChanges, 1},
			"PartnerChanges":         {before.PartnerChanges, got.PartnerChanges, 1},
		} {
			if test[1]-test[0] != test[2] {
				t.Errorf("%s rose by %d, want %d", what, test[1]-test[0], test[2])
			}
		}
	})
}

// Each frame counts once, in the counter of its class: MGT-01 to MGT-08.
func TestCounters(t *testing.T) {
	marker := func(kind byte) []byte {
		f := pduFrame(PDU{})
		f[14], f[16], f[17] = subtypeMarker, kind, 16
		return f
	}
	with := func(f []byte, offset int, v ...byte) []byte { copy(f[offset:], v); return f }
	lacpdu := func() []byte {
		return pduFrame(PDU{Version: 1, Actor: Info{System: partnerSystem, Port: PortID{1, 1}}})
	}
	tests := []struct {
		name  string
		frame []byte
		kind  SlowKind
		err   error
		count func(*Counters) *uint64 // nil: none
	}{
		{"MGT-01 LACPDU", lacpdu(), SlowLACPDU, nil, func(c *Counters) *uint64 { return &c.LACPDUsRx }},
		{"MGT-02 Marker", marker(1), SlowMarker, nil, func(c *Counters) *uint64 { return &c.MarkerPDUsRx }},
		{"MGT-03 Marker Response", marker(2), SlowMarkerResponse, nil, func(c *Counters) *uint64 { return &c.MarkerResponsePDUsRx }},
		{"MGT-04 OAM", with(lacpdu(), 14, 3), SlowOAM, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 OSSP", with(lacpdu(), 14, 10), SlowOSSP, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 subtype 9", with(lacpdu(), 14, 9), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 VAL-10 another EtherType", with(lacpdu(), 12, 8, 0), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 VAL-11 another destination", with(lacpdu(), 0, 2), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-05 subtype 0", with(lacpdu(), 14, 0), SlowIllegal, ErrSubtype, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 subtype 11", with(lacpdu(), 14, 11), SlowIllegal, ErrSubtype, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 truncated", lacpdu()[:123], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 nothing behind the type", lacpdu()[:14], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 actor length", with(lacpdu(), 17, 19), SlowIllegal, ErrLength, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker type 3", marker(3), SlowIllegal, ErrMarkerType, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker length", with(marker(1), 17, 15), SlowIllegal, ErrLength, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker truncated", marker(1)[:60], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"a data frame", with(with(lacpdu(), 0, 2), 12, 8, 0), NotSlow, nil, nil},
		{"a BPDU, to the nearest customer bridge", with(with(lacpdu(), 5, 0), 12, 0, 38), NotSlow, nil, nil},
		{"no frame", nil, NotSlow, nil, nil},
		{"half a header", lacpdu()[:13], NotSlow, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{}) // down, so that nothing else is counted
			want := d.port(1).Counters
			if test.count != nil {
				*test.count(&want)++
			}
			kind, err := d.Receive(d.now, 1, test.frame)
			if kind != test.kind || err != test.err {
				t.Errorf("Receive returned %v, %v; want %v, %v", kind, err, test.kind, test.err)
			}
			if got := d.port(1).Counters; got != want {
				t.Errorf("counters %+v, want %+v", got, want)
			}
		})
	}
	t.Run("MGT-06 and MGT-11 LACPDUsTx and the debug counters", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, func(p *PDU) { p.Actor.State &^= StateSynchronization })
		d.pass(2 * time.Second)
		d.hear(1)
		want := Counters{LACPDUsRx: 2, LACPDUsTx: uint64(len(d.sent[1])), ActorSyncTransitions: 1, PartnerSyncTransitions: 1,
			ActorChanges: 2, PartnerChanges: 1, Expired: 1}
		if got := d.port(1).Counters; got != want {
			t.Errorf("counters %+v, want %+v", got, want)
		}
	})
	t.Run("Timeouts", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		for n := range uint64(3) {
			d.establish(1)
			if got := d.port(1).Counters; got.Timeouts != n {
				t.Errorf("%d timeouts, want %d: the link came up %d times, and the partner fell silent after each but the last", got.Timeouts, n, n+1)
			}
			d.pass(LongTimeoutTime)
			d.down(1)
		}
		d.establish(1)
		d.down(1)
		if got := d.port(1).Counters; got.Timeouts != 3 {
			t.Errorf("%d timeouts, want 3: the link went down while the partner was heard", got.Timeouts)
		}
	})
	t.Run("MGT-14 LastRx", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.pass(5 * time.Second)
		d.hear(1)
		if got := d.port(1).LastRx; !got.Equal(d.now) {
			t.Errorf("%v, want %v", got, d.now)
		}
	})
}
