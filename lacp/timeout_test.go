package lacp

import (
	"testing"
	"time"
)

// A port that changes to the fast rate informs the partner at once. It still grants the
// old timeout, since the partner may send at its old rate until its own timer expires.
func TestShorterTimeoutWaitsForThePartnerBOX24(t *testing.T) {
	fast := func(c *PortConfig) { c.ShortTimeout = true }
	for _, test := range []struct {
		name   string
		old    PortConfig
		change func(*PortConfig)
		heard  time.Duration // when the partner is heard, after the change; 0 if never
		lost   time.Duration // when the partner is lost, after the change
	}{
		{"FAST, the partner is silent", PortConfig{}, fast, 0, 80 * time.Second},
		{"FAST, the partner's timer runs on", PortConfig{}, fast, 29 * time.Second, 32 * time.Second},
		{"a smaller multiplier", PortConfig{TimeoutMultiplier: 10}, func(c *PortConfig) { c.TimeoutMultiplier = 2 },
			20 * time.Second, 80 * time.Second},
		{"FAST with a multiplier of its own", PortConfig{TimeoutMultiplier: 20}, func(c *PortConfig) { c.ShortTimeout, c.TimeoutMultiplier = true, 1 },
			589 * time.Second, 590 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, test.old)
			d.establish(1)
			d.hear(1)
			d.pass(10 * time.Second)
			d.forget()
			d.set(test.change)
			if len(d.sent[1]) != 1 || d.sent[1][0].Actor.State != d.port(1).Actor.State {
				t.Errorf("sent at once: %+v, want one LACPDU with the state %v", d.sent[1], d.port(1).Actor.State)
			}
			changed, expired := d.now, d.port(1).Counters.Expired
			if test.heard > 0 {
				d.pass(test.heard)
				d.hear(1)
			}
			d.pass(changed.Add(test.lost).Sub(d.now) - 1)
			if got := d.port(1); got.Receive != ReceiveCurrent || !got.Usable() || got.Counters.Expired != expired {
				t.Errorf("before %v: %v, %v, Expired %d times; want %v, usable, %d times", test.lost,
					got.Receive, got.Mux, got.Counters.Expired, ReceiveCurrent, expired)
			}
			d.pass(1)
			if got := d.port(1).Receive; got != ReceiveExpired {
				t.Errorf("Receive machine %v after %v, want %v", got, test.lost, ReceiveExpired)
			}
		})
	}
}

// A change to FAST and back to SLOW before the partner has sent anything gives no more
// time than SLOW.
func TestTimeoutChangedTwice(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	d.hear(1)
	d.pass(10 * time.Second)
	d.set(func(c *PortConfig) { c.ShortTimeout = true })
	d.set(func(c *PortConfig) { c.ShortTimeout = false })
	d.pass(90*time.Second - 1)
	if got := d.port(1).Receive; got != ReceiveCurrent {
		t.Errorf("Receive machine %v before 90 s", got)
	}
	d.pass(1)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("Receive machine %v after 90 s, want %v", got, ReceiveExpired)
	}
}

// EXPIRED lasts 3 s whatever the timeout is.
func TestTimeoutChangedInExpired(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.pass(3 * time.Second)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Fatalf("Receive machine %v after 3 s of silence", got)
	}
	d.set(func(c *PortConfig) { c.ShortTimeout = false })
	d.pass(3 * time.Second)
	if got := d.port(1).Receive; got != ReceiveDefaulted {
		t.Errorf("Receive machine %v after 3 s of EXPIRED, want %v", got, ReceiveDefaulted)
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

// A port that changes to the slow rate has to wait longer, since the partner's next
// LACPDU may be half a minute away.
func TestLongerTimeoutHoldsAtOnce(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*PortConfig)
		total  time.Duration // since the last LACPDU
	}{
		{"SLOW instead of FAST", func(c *PortConfig) { c.ShortTimeout = false }, 90 * time.Second},
		{"a larger multiplier", func(c *PortConfig) { c.TimeoutMultiplier = 10 }, 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
			d.establish(1)
			d.hear(1)
			d.pass(2 * time.Second)
			d.set(test.change)
			d.pass(test.total - 2*time.Second - 1)
			if got := d.port(1); got.Receive != ReceiveCurrent {
				t.Errorf("%v before %v without a LACPDU", got.Receive, test.total)
			}
			d.pass(1)
			if got := d.port(1).Receive; got != ReceiveExpired {
				t.Errorf("%v after %v without a LACPDU", got, test.total)
			}
		})
	}
}
