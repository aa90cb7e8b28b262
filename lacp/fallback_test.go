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

func TestFallbackEdges(t *testing.T) {
	start := func(t *testing.T, f Fallback, ports ...PortConfig) *dut {
		return newDUT(t, Config{RequirePartner: true, Fallback: f, FallbackTimeout: 10 * time.Second}, ports...)
	}
	t.Run("the first LACPDU's partner is kept", func(t *testing.T) {
		d := start(t, FallbackOne, PortConfig{})
		d.up(1)
		d.pass(14 * time.Second)
		d.hear(1)
		if st := d.port(1); st.Fallback || st.Partner.System != partnerSystem || st.Mux != MuxWaiting {
			t.Errorf("fallback %v, partner %+v, Mux state %v; want none, the real partner, WAITING", st.Fallback, st.Partner, st.Mux)
		}
	})
	t.Run("a partner that is silent for a moment is one", func(t *testing.T) {
		d := start(t, FallbackOne, PortConfig{ShortTimeout: true, TimeoutMultiplier: 20}, PortConfig{})
		d.up(1, 2)
		d.hear(1)
		d.pass(20*time.Second + time.Second) // port 1 is EXPIRED, port 2 has been due for a while
		if d.port(1).Receive != ReceiveExpired || d.port(2).Fallback {
			t.Errorf("%v, fallback %v", d.port(1).Receive, d.port(2).Fallback)
		}
		d.pass(2 * time.Second)
		if !d.port(2).Fallback {
			t.Errorf("port 1: Receive machine %v; port 2 did not fall back", d.port(1).Receive)
		}
	})
	t.Run("a partner of a link that is down is none", func(t *testing.T) {
		d := start(t, FallbackOne, PortConfig{}, PortConfig{})
		d.up(1, 2)
		d.hear(1)
		d.down(1)
		d.pass(14 * time.Second)
		if !d.port(2).Fallback {
			t.Errorf("port 2 did not fall back: %v", d.port(2).Reason)
		}
	})
	t.Run("it begins in DEFAULTED", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{})
		d.up(1)
		c := d.cfg
		c.Fallback = FallbackOne
		d.do(d.SetConfig(d.now, c))
		d.pass(2 * time.Second)
		if st := d.port(1); st.Fallback || st.Receive != ReceiveExpired {
			t.Errorf("port 1: fallback %v, Receive machine %v", st.Fallback, st.Receive)
		}
	})
	t.Run("a port that comes up is no partner, and not yet a better one", func(t *testing.T) {
		d := start(t, FallbackOne, PortConfig{}, PortConfig{Priority: 1})
		d.up(1)
		d.pass(12 * time.Second)
		d.up(2)
		d.pass(time.Second + 500*time.Millisecond)
		if !d.port(1).Fallback || d.port(2).Receive != ReceiveExpired {
			t.Errorf("port 1 fallback %v, port 2 %v", d.port(1).Fallback, d.port(2).Receive)
		}
		d.pass(5 * time.Second)
		if !d.port(1).Fallback || d.port(2).Receive != ReceiveDefaulted {
			t.Errorf("port 1 fallback %v, port 2 %v", d.port(1).Fallback, d.port(2).Receive)
		}
	})
	t.Run("a change of it does not touch a port with a partner", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{})
		d.establish(1)
		c := d.cfg
		c.Fallback = FallbackAll
		d.do(d.SetConfig(d.now, c))
		d.keepUp(10*time.Second, []PortNumber{1})
		if st := d.port(1); st.Fallback || !st.Usable() || len(d.causes(1)) != 0 {
			t.Errorf("fallback %v, %v, %v", st.Fallback, st.Reason, d.causes(1))
		}
	})
	t.Run("none, while others wait", func(t *testing.T) {
		d := start(t, FallbackOne, PortConfig{})
		d.up(1)
		d.pass(5 * time.Second)
		c := d.cfg
		c.Fallback = FallbackNone
		d.do(d.SetConfig(d.now, c))
		d.pass(time.Minute)
		if d.port(1).Fallback || d.carrying(1) != "-" {
			t.Error("port 1 fell back although the fallback is none")
		}
	})
}

// A loop that begins or ends on one port decides at once which port falls back.
func TestFallbackFollowsLoops(t *testing.T) {
	d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{Priority: 1}, PortConfig{})
	d.up(1, 2)
	d.pass(10500 * time.Millisecond)
	if !d.port(1).Fallback || d.port(2).Fallback {
		t.Fatalf("without a loop: fallback %v and %v, want true and false", d.port(1).Fallback, d.port(2).Fallback)
	}
	d.hearSelf(1)
	if d.port(1).Fallback || !d.port(2).Fallback {
		t.Errorf("port 1 heard itself: fallback %v and %v, want false and true", d.port(1).Fallback, d.port(2).Fallback)
	}
	d.pass(LongTimeoutTime)
	if !d.port(1).Fallback || d.port(2).Fallback {
		t.Errorf("the loop is gone: fallback %v and %v, want true and false", d.port(1).Fallback, d.port(2).Fallback)
	}
}
