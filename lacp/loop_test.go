package lacp

import (
	"testing"
	"time"
)

// hearSelf passes the newest LACPDU that the port sent back to it.
func (d *dut) hearSelf(n PortNumber) {
	d.t.Helper()
	sent := d.sent[n]
	if len(sent) == 0 {
		d.t.Fatalf("port %d sent no LACPDU", n)
	}
	if kind, err := d.Receive(d.now, n, pduFrame(sent[len(sent)-1])); kind != SlowLACPDU || err != nil {
		d.t.Fatalf("Receive returned %v, %v", kind, err)
	}
	d.drain()
}

// loop advances time while ports hear each of their own LACPDUs.
func (d *dut) loop(t time.Duration, numbers ...PortNumber) {
	d.t.Helper()
	heard := map[PortNumber]int{}
	for end := d.now.Add(t); d.now.Before(end); d.pass(50 * time.Millisecond) {
		for _, n := range numbers {
			if sent := len(d.sent[n]); sent > heard[n] {
				heard[n] = sent
				d.hearSelf(n)
			}
		}
	}
}

// A port that hears itself does not fall back, whether the loop exists from the start
// or comes later. The port falls back once the loop has been gone for three periodic
// LACPDUs.
func TestLoopedPortDoesNotFallBackBOX32(t *testing.T) {
	admin := Info{Key: 1, Port: PortID{Number: 1}, State: StateTimeout} // DEFAULTED sends every second
	for _, test := range []struct {
		fallback      Fallback
		free, oneLoop string // the ports that carry data without a loop, and with one on port 1
		bothLoop      string
	}{{FallbackOne, "D-", "-D", "--"}, {FallbackAll, "DD", "-D", "--"}} {
		start := func(t *testing.T) *dut {
			d := newDUT(t, Config{RequirePartner: true, Fallback: test.fallback, FallbackTimeout: time.Second},
				PortConfig{Priority: 1, PartnerAdmin: admin}, PortConfig{PartnerAdmin: admin})
			d.up(1, 2)
			return d
		}
		carries := func(t *testing.T, d *dut, when, want string) {
			t.Helper()
			if got := d.carrying(2); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		t.Run(test.fallback.String()+", the loop is there first", func(t *testing.T) {
			d := start(t)
			d.loop(10*time.Second, 1)
			carries(t, d, "a loop on port 1", test.oneLoop)
			if got := d.port(1); got.Reason.Code != ReasonLoopbackSelf || got.Fallback {
				t.Errorf("port 1: reason %v, fallback %v", got.Reason, got.Fallback)
			}
			d.pass(4 * time.Second)
			carries(t, d, "4 s after it is gone", test.free)
			if got := d.port(1).Reason.Code; got != ReasonDistributing {
				t.Errorf("port 1: reason %v", got)
			}
		})
		t.Run(test.fallback.String()+", the loop comes later", func(t *testing.T) {
			d := start(t)
			d.pass(10 * time.Second)
			carries(t, d, "no loop", test.free)
			d.hearSelf(1)
			if d.usable(1) || d.carrying(1) != "-" {
				t.Errorf("after the first LACPDU came back: reason %v", d.port(1).Reason)
			}
			d.loop(3*time.Second, 1)
			carries(t, d, "3 s later", test.oneLoop)
			d.loop(10*time.Second, 1, 2)
			carries(t, d, "loops on both", test.bothLoop)
			d.down(1)
			d.up(1)
			d.loop(10*time.Second, 2)
			carries(t, d, "port 1 was plugged elsewhere", "D-")
		})
		t.Run(test.fallback.String()+", a partner is heard too", func(t *testing.T) {
			d := start(t)
			d.loop(2*time.Second, 1)
			for range 4 {
				d.hear(1, short)
				d.hearSelf(1)
				d.pass(time.Second)
			}
			if !d.usable(1) || d.port(1).Fallback {
				t.Errorf("with a partner: reason %v, fallback %v", d.port(1).Reason, d.port(1).Fallback)
			}
			d.loop(100*time.Second, 1)
			carries(t, d, "the partner is gone, the loop is not", test.oneLoop)
		})
	}
}

// At the slow rate a port in a loop hears itself every 30 s.
func TestLoopAtTheSlowRate(t *testing.T) {
	d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackAll}, PortConfig{})
	d.up(1)
	d.loop(5*time.Minute, 1)
	if got := d.port(1); got.Periodic != SlowPeriodic || got.Reason.Code != ReasonLoopbackSelf || d.carrying(1) != "-" {
		t.Errorf("Periodic machine %v, reason %v, carrying data %s; want SLOW_PERIODIC, LoopbackSelf, -", got.Periodic, got.Reason, d.carrying(1))
	}
	sent := len(d.sent[1])
	d.pass(LongTimeoutTime + time.Second)
	if got := d.port(1); d.carrying(1) != "D" {
		t.Errorf("%d LACPDUs after the end of the loop: reason %v", len(d.sent[1])-sent, got.Reason)
	}
}

// A LACPDU that comes back may still carry an earlier priority of the port.
func TestLoopAfterAChangeOfPriority(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	d.set(func(c *PortConfig) { c.Priority = 7 })
	d.sent[1] = d.sent[1][:1]
	d.hearSelf(1)
	if got := d.port(1); got.Receive != ReceiveExpired || d.LoopedRx(1) != 1 || got.Counters.LoopedRx != 1 {
		t.Errorf("Receive machine %v, LoopedRx %d and %d; want %v, 1", got.Receive, d.LoopedRx(1), got.Counters.LoopedRx, ReceiveExpired)
	}
	if got := d.LoopedRx(9); got != 0 {
		t.Errorf("LoopedRx of a port that does not exist is %d, want 0", got)
	}
}

// A port's own LACPDUs affect no machine and get no answer, and the receive timer
// continues to run.
func TestOwnLACPDU(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.hear(1)
	before := d.port(1)
	own := func(p *PDU) { p.Actor = p.Partner }
	for range 29 {
		d.pass(100 * time.Millisecond)
		d.hear(1, own)
	}
	st := d.port(1)
	if st.Receive != ReceiveCurrent || st.Partner != before.Partner || st.Mux != before.Mux || st.Counters.LoopedRx != 29 || len(d.sent[1]) > 0 {
		t.Errorf("Receive machine %v, Mux state %v, looped %d, sent %d", st.Receive, st.Mux, st.Counters.LoopedRx, len(d.sent[1]))
	}
	d.pass(100 * time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("%v 3 s after the partner's last LACPDU", got)
	}
	if r := d.port(1).Reason; r.Code != ReasonLoopbackSelf || d.now.Sub(r.Since) != 2900*time.Millisecond {
		t.Errorf("%v since %v, want LoopbackSelf for 2.9s", r, d.now.Sub(r.Since))
	}
}

// A loop on one port does not handle the timers of the others. A LACPDU that waits there
// still comes before a timer that is due.
func TestLoopLeavesTheOtherPortsAlone(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{ShortTimeout: true})
	d.establish(1, 2)
	d.hear(2)
	expired := d.port(2).Counters.Expired
	d.now = d.now.Add(ShortTimeoutTime)
	d.hear(1, func(p *PDU) { p.Actor = p.Partner })
	d.hear(2)
	d.Advance(d.now)
	d.drain()
	if got := d.port(2); !got.Usable() || got.Counters.Expired != expired {
		t.Errorf("port 2: reason %v, EXPIRED %d times; want Distributing, %d", got.Reason, got.Counters.Expired, expired)
	}
}
