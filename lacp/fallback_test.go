package lacp

import (
	"testing"
	"time"
)

// carrying returns which of the ports 1 to n carry data, a letter for each.
func (d *dut) carrying(n int) string {
	var b []byte
	for i := range n {
		c := byte('-')
		if d.muxes[PortNumber(i+1)].Distributing {
			c = 'D'
		}
		b = append(b, c)
	}
	return string(b)
}

// SYS-19: the fallback modes.
func TestFallback(t *testing.T) {
	const timeout = 10 * time.Second // after 3 s in EXPIRED
	tests := []struct {
		fallback  Fallback
		carries   string
		aggregate AggregatorID // of port 3
	}{{FallbackNone, "---", 0}, {FallbackOne, "--D", 3}, {FallbackAll, "DDD", 1}}
	for _, test := range tests {
		t.Run("SYS-19 "+test.fallback.String(), func(t *testing.T) {
			d := newDUT(t, Config{RequirePartner: true, Fallback: test.fallback, FallbackTimeout: timeout},
				PortConfig{}, PortConfig{}, PortConfig{Priority: 1})
			d.up(1, 2, 3)
			d.pass(3*time.Second + timeout - time.Millisecond)
			if got := d.carrying(3); got != "---" {
				t.Errorf("before the time is over %s", got)
			}
			if got := d.port(3).Reason.Code; test.fallback != FallbackNone && got != ReasonFallbackWait {
				t.Errorf("%v", got)
			}
			d.pass(3 * time.Second)
			if got := d.carrying(3); got != test.carries {
				t.Fatalf("%s, want %s", got, test.carries)
			}
			st := d.port(3)
			if st.SelectedAggregator != test.aggregate || st.Fallback != (test.aggregate != 0) || !st.Actor.State.Has(StateDefaulted) {
				t.Errorf("aggregator %d, fallback %v, %v", st.SelectedAggregator, st.Fallback, st.Actor.State)
			}
			// The first valid LACPDU on any port ends the fallback of all.
			d.hear(1)
			if got := d.carrying(3); got != "---" {
				t.Errorf("with a partner %s", got)
			}
			d.keepUp(4*time.Second, []PortNumber{1, 2, 3})
			if got := d.carrying(3); got != "DDD" {
				t.Errorf("after negotiation %s", got)
			}
			if st := d.port(3); st.Fallback || st.SelectedAggregator != d.port(1).SelectedAggregator {
				t.Errorf("%+v", st)
			}
		})
	}
	t.Run("the next one by priority when the port fails", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{}, PortConfig{Priority: 1})
		d.up(1, 2)
		d.pass(6 * time.Second)
		if got := d.carrying(2); got != "-D" {
			t.Fatalf("%s", got)
		}
		d.down(2)
		d.pass(3 * time.Second)
		if got := d.carrying(2); got != "D-" {
			t.Errorf("%s", got)
		}
		d.up(2)
		d.pass(9 * time.Second)
		if got := d.carrying(2); got != "-D" {
			t.Errorf("after its return %s", got)
		}
	})
	t.Run("ports of another key are on their own", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{}, PortConfig{Key: 2})
		d.up(1, 2)
		d.keepUp(6*time.Second, []PortNumber{1})
		if got := d.carrying(2); got != "DD" || d.port(1).Fallback || !d.port(2).Fallback {
			t.Errorf("%s", got)
		}
	})
}

func TestDampening(t *testing.T) {
	d := newDUT(t, Config{Dampening: Dampening{HalfLife: 10 * time.Second}}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	flap := func() {
		d.down(1)
		d.up(1)
		d.hear(1)
	}
	flap()
	if st := d.port(1); !st.Usable() || st.Penalty != 1000 || st.Counters.Flaps != 1 {
		t.Fatalf("after one flap: %v, penalty %d, %d flaps", st.Reason, st.Penalty, st.Counters.Flaps)
	}
	d.pass(10 * time.Second)
	d.hear(1)
	if got := d.port(1).Penalty; got != 500 {
		t.Errorf("after a half-life penalty %d, want 500", got)
	}
	flap() // 1500
	flap() // 2500: suppressed
	st := d.port(1)
	if !st.Suppressed || st.Selected != Standby || st.Reason.String() != "Dampened (have penalty 2500, want penalty 750)" {
		t.Fatalf("%v, %v", st.Selected, st.Reason)
	}
	// 2500 falls to 750 in log2(2500/750) half-lives, 17.37 s.
	d.keepUp(17*time.Second, []PortNumber{1, 2})
	if !d.port(1).Suppressed {
		t.Error("released too early")
	}
	d.keepUp(3*time.Second, []PortNumber{1, 2})
	if !d.usable(1) || d.port(1).Suppressed {
		t.Errorf("after 20 s: %v", d.port(1).Reason)
	}
	if !d.usable(2) || d.port(2).Penalty != 0 {
		t.Error("the other port was touched")
	}
	t.Run("the penalty has a limit", func(t *testing.T) {
		d := newDUT(t, Config{Dampening: Dampening{HalfLife: time.Minute, Suppress: 100000, Reuse: 1, Max: 100000}}, PortConfig{})
		d.establish(1)
		for range 200 {
			d.down(1)
			d.up(1)
			d.hear(1)
		}
		if got := d.port(1).Penalty; got > 100000 || got < 90000 {
			t.Errorf("%d", got)
		}
	})
	t.Run("a gate and a drain are no flaps", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.SetGate(d.now, 1, "g", GateDistributing))
		d.do(d.SetGate(d.now, 1, "g", GateOpen))
		d.do(d.Drain(d.now, 1))
		if got := d.port(1).Counters.Flaps; got != 0 {
			t.Errorf("%d flaps", got)
		}
	})
}

func TestStall(t *testing.T) {
	stalled := func(tolerance time.Duration) *dut {
		d := newDUT(t, Config{StallTolerance: tolerance}, PortConfig{ShortTimeout: true}, PortConfig{ShortTimeout: true})
		d.establish(1, 2)
		d.hear(1)
		d.hear(2)
		d.now = d.now.Add(10 * time.Second) // the process was stopped
		d.Advance(d.now)
		d.drain()
		return d
	}
	t.Run("off", func(t *testing.T) {
		if got := stalled(0).port(1).Receive; got != ReceiveDefaulted && got != ReceiveExpired {
			t.Errorf("%v", got)
		}
	})
	d := stalled(500 * time.Millisecond)
	if got := d.Stalls(); got.Count != 1 || got.Longest < 7*time.Second || got.Longest > 10*time.Second {
		t.Errorf("%+v", got)
	}
	d.hear(1) // was queued
	d.pass(500 * time.Millisecond)
	if !d.usable(1) {
		t.Errorf("a partner was lost whose LACPDU was queued: %v", d.port(1).Reason)
	}
	if got := d.port(2).Receive; got != ReceiveExpired {
		t.Errorf("the partner that is silent is in %v", got)
	}
}

func TestTimeoutMultiplier(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true, TimeoutMultiplier: 10})
	d.establish(1)
	d.hear(1)
	d.pass(9999 * time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveCurrent {
		t.Errorf("%v", got)
	}
	d.pass(time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("%v", got)
	}
	d.pass(3 * time.Second)
	if got := d.port(1).Receive; got != ReceiveDefaulted {
		t.Errorf("EXPIRED is 3 s whatever the multiplier: %v", got)
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
			t.Errorf("withdraw %v: %v, %v, %v, sent %v", withdraw, st.Receive, st.Mux, st.Actor.State, sent[len(sent)-1].Actor.State)
		}
		d.hear(1)
		if !d.usable(1) || d.port(1).Actor.State != 0x3f {
			t.Errorf("withdraw %v: heard again %v", withdraw, d.port(1).Reason)
		}
		// A bounce of the link is not a loss of the partner.
		d.down(1)
		d.up(1)
		if got := d.port(1).Actor.State; got != 0x8f {
			t.Errorf("withdraw %v: after a bounce %v", withdraw, got)
		}
	}
}

func TestOneWay(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	deaf := func(p *PDU) { p.Actor.State |= StateExpired }
	for i := range 5 {
		d.hear(1, deaf)
		if got := d.port(1).OneWay; got != (i >= 3) {
			t.Errorf("%d s after the first: %v", i, got)
		}
		d.pass(time.Second)
	}
	if got := d.port(1).Counters.OneWay; got != 1 {
		t.Errorf("counted %d times", got)
	}
	d.hear(1)
	if d.port(1).OneWay {
		t.Error("it hears us again")
	}
}
