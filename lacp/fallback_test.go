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
				t.Errorf("before the timeout: carrying data %s, want ---", got)
			}
			if got := d.port(3).Reason.Code; test.fallback != FallbackNone && got != ReasonFallbackWait {
				t.Errorf("port 3: reason %v, want FallbackWait", got)
			}
			d.pass(3 * time.Second)
			if got := d.carrying(3); got != test.carries {
				t.Fatalf("carrying data: %s, want %s", got, test.carries)
			}
			st := d.port(3)
			if st.SelectedAggregator != test.aggregate || st.Fallback != (test.aggregate != 0) || !st.Actor.State.Has(StateDefaulted) {
				t.Errorf("port 3: aggregator %d, fallback %v, state %v", st.SelectedAggregator, st.Fallback, st.Actor.State)
			}
			// The first valid LACPDU on any port ends the fallback of all.
			d.hear(1)
			if got := d.carrying(3); got != "---" {
				t.Errorf("with a partner: carrying data %s, want ---", got)
			}
			d.keepUp(4*time.Second, []PortNumber{1, 2, 3})
			if got := d.carrying(3); got != "DDD" {
				t.Errorf("after negotiation: carrying data %s, want DDD", got)
			}
			if st := d.port(3); st.Fallback || st.SelectedAggregator != d.port(1).SelectedAggregator {
				t.Errorf("port 3 is still in fallback or not on port 1's aggregator: %+v", st)
			}
		})
	}
	t.Run("the next one by priority when the port fails", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{}, PortConfig{Priority: 1})
		d.up(1, 2)
		d.pass(6 * time.Second)
		if got := d.carrying(2); got != "-D" {
			t.Fatalf("carrying data: %s, want -D", got)
		}
		d.down(2)
		d.pass(3 * time.Second)
		if got := d.carrying(2); got != "D-" {
			t.Errorf("carrying data: %s, want D-", got)
		}
		d.up(2)
		d.pass(9 * time.Second)
		if got := d.carrying(2); got != "-D" {
			t.Errorf("after port 2 came back: carrying data %s, want -D", got)
		}
	})
	t.Run("ports of another key are on their own", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{}, PortConfig{Key: 2})
		d.up(1, 2)
		d.keepUp(6*time.Second, []PortNumber{1})
		if got := d.carrying(2); got != "DD" || d.port(1).Fallback || !d.port(2).Fallback {
			t.Errorf("carrying data: %s, want DD with only port 2 in fallback", got)
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
		t.Fatalf("after three flaps: %v, %v; want STANDBY, penalty 2500", st.Selected, st.Reason)
	}
	// 2500 falls to 750 in log2(2500/750) half-lives, 17.37 s.
	d.keepUp(17*time.Second, []PortNumber{1, 2})
	if !d.port(1).Suppressed {
		t.Error("port 1 was released before 17.37 s")
	}
	d.keepUp(3*time.Second, []PortNumber{1, 2})
	if !d.usable(1) || d.port(1).Suppressed {
		t.Errorf("after 20 s port 1 is not usable or still suppressed: %v", d.port(1).Reason)
	}
	if !d.usable(2) || d.port(2).Penalty != 0 {
		t.Error("the flaps affected port 2")
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
			t.Errorf("penalty %d, want 90000 to 100000", got)
		}
	})
	t.Run("a gate and a drain are no flaps", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.SetGate(d.now, 1, "g", GateDistributing))
		d.do(d.SetGate(d.now, 1, "g", GateOpen))
		d.do(d.Drain(d.now, 1))
		if got := d.port(1).Counters.Flaps; got != 0 {
			t.Errorf("%d flaps, want 0", got)
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
			t.Errorf("Receive machine %v, want DEFAULTED or EXPIRED", got)
		}
	})
	d := stalled(500 * time.Millisecond)
	if got := d.Stalls(); got.Count != 1 || got.Longest < 7*time.Second || got.Longest > 10*time.Second {
		t.Errorf("Stalls() = %+v, want one of 7 to 10 s", got)
	}
	d.hear(1) // was queued
	d.pass(500 * time.Millisecond)
	if !d.usable(1) {
		t.Errorf("the partner was lost although its LACPDU was queued: %v", d.port(1).Reason)
	}
	if got := d.port(2).Receive; got != ReceiveExpired {
		t.Errorf("the silent partner's port: Receive machine %v, want EXPIRED", got)
	}
}

func TestTimeoutMultiplier(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true, TimeoutMultiplier: 10})
	d.establish(1)
	d.hear(1)
	d.pass(9999 * time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveCurrent {
		t.Errorf("port 1: Receive machine %v, want CURRENT", got)
	}
	d.pass(time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("port 1: Receive machine %v, want EXPIRED", got)
	}
	d.pass(3 * time.Second)
	if got := d.port(1).Receive; got != ReceiveDefaulted {
		t.Errorf("3 s after EXPIRED: Receive machine %v, want DEFAULTED whatever the multiplier", got)
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
}
