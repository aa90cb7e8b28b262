package lacp

import (
	"testing"
	"time"
)

// Inputs of a System that mutation testing of its guards found to be untested.

// The System with the lower identifier comes first, ours or the partner's.
func TestLAGIDIsCanonical(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	lower := SystemID{1, MAC{2, 0, 0, 0, 0, 1}}
	d.hear(1, func(p *PDU) { p.Actor.System = lower })
	if got := d.port(1).LAGID; got.Local.System != lower || got.Remote.System != ourSystem || got.Local.Key != 2 || got.Remote.Key != 1 {
		t.Errorf("LAG ID %v: want the partner's half first", got)
	}
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

func TestLastRxBeforeAny(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	d.pass(time.Second)
	if got := d.port(1).LastRx; !got.IsZero() {
		t.Errorf("LastRx = %v, want zero", got)
	}
}

// Unchanged parts of the configuration have no effect.
func TestSetPortTouchesWhatChanged(t *testing.T) {
	t.Run("MGT-15 LACP disabled, another change than Partner_Admin", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Disabled: true})
		d.up(1)
		d.pass(3 * time.Second)
		if !d.usable(1) {
			t.Fatalf("port 1 is not usable: %v", d.port(1).Reason)
		}
		d.set(func(c *PortConfig) { c.ShortTimeout = true })
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: Mux state %v", d.port(1).Mux)
		}
	})
	t.Run("MGT-15 at the Long Timeout, another change than that", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1)
		d.set(func(c *PortConfig) { c.Priority = 7 })
		d.pass(90*time.Second - 1)
		if got := d.port(1).Receive; got != ReceiveCurrent {
			t.Errorf("Receive machine %v before 90 s, want CURRENT", got)
		}
	})
}

// A link that is up and changes its speed is the same link. After a link goes down,
// its speed is no longer known.
func TestSetLinkKeeps(t *testing.T) {
	t.Run("who was heard, when the speed changes", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{StaticKey: true, ShortTimeout: true})
		d.establish(1)
		d.pass(10 * time.Second)
		before := d.port(1).Reason
		d.link(1, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
		if got := d.port(1).Reason; before.Code != ReasonDefaulted || got != before {
			t.Errorf("reason %v, want that before, %v", got, before)
		}
	})
	t.Run("the key, when the link goes down and its speed is not known", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		gigabit := Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull}
		d.link(1, gigabit)
		d.establish(1) // at an unknown speed
		d.link(1, gigabit)
		key := d.port(1).Actor.Key
		for range 3 {
			d.hear(1)
			d.pass(2 * time.Second)
		}
		d.link(1, Link{})
		if st := d.port(1); st.Actor.Key != key || key != FoldKey(1, gigabit) || st.Selected != Selected {
			t.Errorf("key %#x, want %#x; %v, want SELECTED", st.Actor.Key, key, st.Selected)
		}
		d.link(1, gigabit)
		d.hear(1)
		if !d.usable(1) {
			t.Errorf("after the bounce port 1 is not usable: %v", d.port(1).Reason)
		}
	})
}

// A port that is added again gets the aggregator left by the earlier port.
func TestAggregatorOfANumberIsOne(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	if err := d.RemovePort(d.now, 1); err != nil {
		t.Fatal(err)
	}
	d.drain()
	addPort(t, d.System, d.now, portDefaults(0, PortConfig{}))
	d.drain()
	if len(d.aggregators) != 2 || d.aggregators[0].id != 1 || d.aggregators[1].id != 2 {
		t.Errorf("%d aggregators for two ports", len(d.aggregators))
	}
}

// Reason returns the same as the whole status.
func TestReasonAlone(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	if got, want := d.Reason(1), d.port(1).Reason; got != want || got.Code != ReasonLinkDown {
		t.Errorf("Reason(1) = %v, want %v", got, want)
	}
	if got := d.Reason(9); got != (Reason{}) {
		t.Errorf("Reason of a port that does not exist: %v, want zero", got)
	}
}
