package lacp

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// MGT-12 and MGT-13: the aggregator's AdminState and its notifications.
func TestAdminState(t *testing.T) {
	d := newDUT(t, Config{LinkNotifications: true}, PortConfig{}, PortConfig{})
	change := func(f func(*Config)) {
		t.Helper()
		c := d.cfg
		f(&c)
		d.do(d.SetConfig(d.now, c))
	}
	d.establish(1, 2)
	t.Run("MGT-12 AdminState down: no data, the ports keep their state", func(t *testing.T) {
		d.forget()
		change(func(c *Config) { c.AdminDown = true })
		for n := PortNumber(1); n <= 2; n++ {
			st := d.port(n)
			if d.muxes[n] != (Mux{Aggregator: 1}) || st.Mux != MuxDistributing || st.Actor.State != 0x3d || st.Reason.Code != ReasonAdminDown {
				t.Errorf("data path %+v, Mux state %v, state %v, reason %v; want none, DISTRIBUTING, **DCSG*A, AdminDown", d.muxes[n], st.Mux, st.Actor.State, st.Reason)
			}
		}
		for a := range d.Aggregators() {
			if a.Up {
				t.Error("the operational state of the aggregator is up")
			}
		}
		if len(d.sent) != 0 || len(d.trace) != 0 {
			t.Errorf("AdminDown affected the protocol: sent %v, transitions %v", d.sent, d.trace)
		}
		change(func(c *Config) { c.AdminDown = false })
		if !d.muxes[1].Distributing || d.port(1).Reason.Code != ReasonDistributing {
			t.Errorf("after AdminDown: data path %+v, reason %v", d.muxes[1], d.port(1).Reason)
		}
	})
	t.Run("MGT-13 a notification for each edge, none unless enabled", func(t *testing.T) {
		if want := []bool{true, false, true}; !slices.Equal(d.links, want) {
			t.Errorf("ActionLinks %v, want %v", d.links, want)
		}
		d.down(1)
		if len(d.links) != 3 {
			t.Error("losing one of two links emitted an ActionLink")
		}
		d.down(2)
		if len(d.links) != 4 || d.links[3] {
			t.Errorf("ActionLinks %v, want a fourth, down", d.links)
		}
		change(func(c *Config) { c.LinkNotifications = false })
		d.establish(1, 2)
		if len(d.links) != 4 {
			t.Errorf("ActionLinks %v, want four", d.links)
		}
	})
}

func TestSetConfig(t *testing.T) {
	t.Run("limits take effect at once, and end", func(t *testing.T) {
		d := four(t, Config{}, lowID)
		c := d.cfg
		c.MaxLinks = 2
		d.do(d.SetConfig(d.now, c))
		if got := d.selections(4); got != "SSss" {
			t.Errorf("Selected of the ports: %s, want SSss", got)
		}
		c.MaxLinks, c.MinLinks = 0, 5
		d.do(d.SetConfig(d.now, c))
		if got := d.selections(4); got != "SSSS" || d.carrying(4) != "----" {
			t.Errorf("Selected of the ports: %s, carrying data %s; want SSSS, ----", got, d.carrying(4))
		}
		c.MinLinks, c.MinLinksDown = 0, 0
		d.do(d.SetConfig(d.now, c))
		d.keepUp(3*time.Second, all, reversed)
		if got := d.carrying(4); got != "DDDD" {
			t.Errorf("carrying data: %s, want DDDD", got)
		}
	})
	t.Run("what is the same touches nothing", func(t *testing.T) {
		d := four(t, Config{}, lowID)
		d.pass(time.Second)
		d.forget()
		d.do(d.SetConfig(d.now, d.cfg))
		if len(d.sent) != 0 || len(d.trace) != 0 {
			t.Errorf("sent %v, transitions %v; want none", d.sent, d.trace)
		}
	})
	t.Run("what LACPDUs carry is sent", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		c := d.cfg
		c.CollectorMaxDelay = 7
		d.do(d.SetConfig(d.now, c))
		if got := d.sent[1]; len(got) != 1 || got[0].CollectorMaxDelay != 7 {
			t.Errorf("sent %v, want one LACPDU with CollectorMaxDelay 7", got)
		}
	})
	t.Run("fallback comes and goes", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		if got := d.carrying(1); got != "D" {
			t.Fatalf("as an Individual link: carrying data %s", got)
		}
		c := d.cfg
		c.RequirePartner = true
		d.do(d.SetConfig(d.now, c))
		if got := d.carrying(1); got != "-" {
			t.Errorf("with RequirePartner: carrying data %s", got)
		}
		c.Fallback = FallbackOne
		d.do(d.SetConfig(d.now, c))
		d.pass(3 * time.Second)
		if got := d.carrying(1); got != "D" || !d.port(1).Fallback {
			t.Errorf("with fallback: carrying data %s", got)
		}
		c.Fallback = FallbackNone
		d.do(d.SetConfig(d.now, c))
		if got := d.carrying(1); got != "-" || d.port(1).Fallback {
			t.Errorf("without fallback: carrying data %s", got)
		}
	})
	t.Run("dampening and wait-to-restore end", func(t *testing.T) {
		d := four(t, Config{WaitToRestore: time.Minute, Dampening: Dampening{HalfLife: time.Minute, Suppress: 900}}, lowID)
		d.down(1)
		d.down(2)
		d.up(1)
		d.keepUp(3*time.Second, all, reversed)
		if got := d.carrying(4); got != "--DD" {
			t.Fatalf("carrying data: %s, want --DD", got)
		}
		c := d.cfg
		c.WaitToRestore, c.Dampening = 0, Dampening{}
		d.do(d.SetConfig(d.now, c))
		d.keepUp(3*time.Second, all, reversed)
		if got := d.carrying(4); got != "D-DD" {
			t.Errorf("carrying data: %s, want D-DD", got)
		}
	})
	t.Run("refused, nothing changed", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		c := d.cfg
		c.System.MAC, c.MaxLinks = MAC{2, 7}, -1
		var field *FieldError
		if err := d.SetConfig(d.now, c); !errors.As(err, &field) || d.ID() != ourSystem {
			t.Errorf("error %v, System %v; want a FieldError and no change", err, d.ID())
		}
	})
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
