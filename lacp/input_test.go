package lacp

import (
	"slices"
	"testing"
	"time"
)

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

// After a jump of time each timer is handled once. Missed periods are not made up for.
func TestJumpForward(t *testing.T) {
	t.Run("SYS-15 the clock jumps ahead by an hour", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1, 2)
		d.hear(1, func(p *PDU) { p.Actor.State |= StateTimeout })
		d.pass(time.Second)
		d.forget()
		d.now = d.now.Add(time.Hour)
		d.Advance(d.now)
		d.drain()
		for n := PortNumber(1); n <= 2; n++ {
			if st := d.port(n); st.Receive != ReceiveExpired || st.Counters.Expired != 2 || len(d.sent[n]) != 1 {
				t.Errorf("port %d: %v, EXPIRED %d times, %d LACPDUs; want EXPIRED, 2, 1", n, st.Receive, st.Counters.Expired, len(d.sent[n]))
			}
		}
		if got := d.Deadline(); !got.Equal(d.now.Add(time.Second)) {
			t.Errorf("next deadline in %v, want 1s", got.Sub(d.now))
		}
		d.pass(3 * time.Second)
		if st := d.port(1); st.Receive != ReceiveDefaulted || len(d.sent[1]) > 5 {
			t.Errorf("%v, %d LACPDUs", st.Receive, len(d.sent[1]))
		}
	})
}

// A misaddressed frame of another kind does not hide that LACPDUs are misaddressed.
func TestMisaddressedLACPDUIsRemembered(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	lacpdu := pduFrame(d.healthy(1))
	copy(lacpdu, "\x02\x00\x00\x00\x00\x01")
	marker := slices.Clone(lacpdu)
	marker[14] = 2 // the subtype
	for _, frame := range [][]byte{lacpdu, marker} {
		if kind, err := d.Receive(d.now, 1, frame); kind != SlowUnknown || err != nil {
			t.Fatalf("Receive returned %v, %v; want %v", kind, err, SlowUnknown)
		}
	}
	if got := d.port(1).Reason.Code; got != ReasonMisaddressed {
		t.Errorf("reason %v, want Misaddressed", got)
	}
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
