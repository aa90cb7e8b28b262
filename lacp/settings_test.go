package lacp

import (
	"errors"
	"testing"
	"time"
)

// Configuration changes while a port is up (protocol.md 5.3.3): MGT-15.
func TestRuntimeChanges(t *testing.T) {
	tests := []struct {
		name       string
		change     func(*PortConfig)
		reselects  bool
		individual bool
	}{
		{"key", func(c *PortConfig) { c.Key = 5 }, true, false},
		{"Aggregation", func(c *PortConfig) { c.Individual = true }, true, false},
		{"Mux control", func(c *PortConfig) { c.CoupledControl = true }, true, false},
		{"priority", func(c *PortConfig) { c.Priority = 5 }, false, false},
		{"priority of an Individual link", func(c *PortConfig) { c.Priority = 5 }, true, true},
		{"activity", func(c *PortConfig) { c.Passive = true }, false, false},
		{"timeout", func(c *PortConfig) { c.ShortTimeout = true }, false, false},
	}
	for _, test := range tests {
		t.Run("MGT-15 "+test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{Individual: test.individual})
			d.establish(1)
			c := d.port(1).Config
			test.change(&c)
			if err := d.SetPort(d.now, c); err != nil {
				t.Fatal(err)
			}
			d.drain()
			if got := d.usable(1); got == test.reselects || len(d.sent[1]) != 1 {
				t.Errorf("still usable: %v, %d LACPDUs sent", got, len(d.sent[1]))
			}
			if got := d.sent[1][0].Actor; got != d.port(1).Actor {
				t.Errorf("sent %+v, is %+v", got, d.port(1).Actor)
			}
			for range 2 {
				d.pass(2 * time.Second)
				d.hear(1)
			}
			if !d.usable(1) {
				t.Errorf("port 1 is not usable again: %v", d.port(1).Reason)
			}
		})
	}
	t.Run("the same configuration changes nothing", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		if err := d.SetPort(d.now, d.port(1).Config); err != nil {
			t.Fatal(err)
		}
		if err := d.SetSystem(d.now, ourSystem); err != nil {
			t.Fatal(err)
		}
		if d.drain(); len(d.sent[1]) != 0 || len(d.trace) != 0 {
			t.Errorf("sent %v, %v", d.sent[1], d.trace)
		}
	})
	t.Run("the System's identifier", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		id := SystemID{1, MAC{2, 9}}
		if err := d.SetSystem(d.now, id); err != nil || d.ID() != id {
			t.Fatal(err, d.ID())
		}
		d.drain()
		for n := PortNumber(1); n <= 2; n++ {
			if got := d.sent[n]; len(got) != 1 || got[0].Actor.System != id || got[0].Actor.State != 0x05 {
				t.Errorf("port %d sent %+v", n, got)
			}
		}
		if err := d.SetSystem(d.now, SystemID{}); err == nil || d.ID() != id {
			t.Errorf("error %v, identifier %v", err, d.ID())
		}
	})
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

// configure changes the System's options.
func (d *dut) configure(change func(*Config)) {
	d.t.Helper()
	c := d.cfg
	change(&c)
	d.do(d.SetConfig(d.now, c))
}

// A change of other options leaves what an option has begun as it is.
func TestSetConfigKeeps(t *testing.T) {
	other := func(c *Config) { c.StallTolerance += time.Second }
	t.Run("an Individual link without a partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		d.forget()
		d.configure(other)
		if got := d.carrying(1); got != "D" || len(d.trace) != 0 {
			t.Errorf("carrying data %s, transitions %v; want D, none", got, d.trace)
		}
	})
	t.Run("fallback", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne, FallbackTimeout: 10 * time.Second}, PortConfig{})
		d.up(1)
		d.pass(20 * time.Second)
		d.forget()
		d.configure(other)
		if got := d.carrying(1); got != "D" || len(d.trace) != 0 {
			t.Errorf("carrying data %s, transitions %v; want D, none", got, d.trace)
		}
	})
	t.Run("the aggregator of a link that failed in fallback", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		d.down(1)
		before := d.port(1)
		d.configure(other)
		if got := d.port(1); got != before || got.SelectedAggregator != 1 {
			t.Errorf("port 1 was %+v, is %+v; want no change and aggregator 1", before, got)
		}
	})
	t.Run("the penalty", func(t *testing.T) {
		d := newDUT(t, Config{Dampening: Dampening{HalfLife: time.Minute, Suppress: 900}}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.configure(other)
		if got := d.port(1); !got.Suppressed || got.Penalty != 1000 {
			t.Errorf("suppressed %v, penalty %d; want true, 1000", got.Suppressed, got.Penalty)
		}
	})
	t.Run("wait-to-restore", func(t *testing.T) {
		d := four(t, Config{WaitToRestore: 10 * time.Second}, lowID)
		d.down(1)
		d.up(1)
		d.keepUp(4*time.Second, all, reversed)
		d.configure(other)
		d.keepUp(5*time.Second, all, reversed)
		if got := d.selections(4); got != "sSSS" {
			t.Errorf("after 9 s: Selected of the ports %s, want sSSS", got)
		}
		d.keepUp(2*time.Second, all, reversed)
		if got := d.selections(4); got != "SSSS" {
			t.Errorf("after 11 s: Selected of the ports %s, want SSSS", got)
		}
	})
}

// A changed option takes effect on ports that it already holds, and only on those.
func TestSetConfigApplies(t *testing.T) {
	t.Run("RequirePartner, not to a port that has one", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.up(2)
		d.pass(10 * time.Second)
		if got := d.carrying(2); got != "DD" {
			t.Fatalf("carrying data %s, want DD", got)
		}
		d.forget()
		d.configure(func(c *Config) { c.RequirePartner = true })
		if got := d.carrying(2); got != "D-" || len(d.causes(1)) != 0 {
			t.Errorf("carrying data %s, port 1 changed Selected by %v; want D-, nothing", got, d.causes(1))
		}
	})
	t.Run("no wait-to-restore, with a limit of links", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 4, WaitToRestore: time.Hour}, lowID)
		d.down(1)
		d.up(1)
		d.keepUp(3*time.Second, all, reversed)
		if got := d.selections(4); got != "sSSS" {
			t.Fatalf("Selected of the ports: %s, want sSSS", got)
		}
		d.configure(func(c *Config) { c.WaitToRestore = 0 })
		if got := d.selections(4); got != "SSSS" {
			t.Errorf("Selected of the ports: %s, want SSSS", got)
		}
	})
	t.Run("another fallback timeout while a port is in fallback", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne, FallbackTimeout: 10 * time.Second}, PortConfig{})
		d.up(1)
		d.pass(16 * time.Second)
		if got := d.carrying(1); got != "D" || !d.port(1).Fallback {
			t.Fatalf("carrying data %s, fallback %v; want D, true", got, d.port(1).Fallback)
		}
		d.configure(func(c *Config) { c.FallbackTimeout = time.Hour })
		if got := d.carrying(1); got != "D" || !d.port(1).Fallback {
			t.Errorf("with another timeout: carrying data %s, fallback %v; want D, true", got, d.port(1).Fallback)
		}
	})
	t.Run("a shorter fallback timeout", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true, Fallback: FallbackOne, FallbackTimeout: time.Hour}, PortConfig{})
		d.up(1)
		d.pass(time.Minute)
		d.configure(func(c *Config) { c.FallbackTimeout = 10 * time.Second })
		d.pass(9 * time.Second)
		if got := d.port(1); got.Fallback || got.Reason.Code != ReasonFallbackWait {
			t.Errorf("after 9 s: fallback %v, reason %v; want false, FallbackWait", got.Fallback, got.Reason)
		}
		d.pass(time.Second)
		if got := d.port(1); !got.Fallback {
			t.Errorf("after 10 s: no fallback, reason %v", got.Reason)
		}
	})
	t.Run("the destination, with one LACPDU", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		c := d.cfg
		c.Destination = NearestNonTPMRBridge
		if err := d.SetConfig(d.now, c); err != nil {
			t.Fatal(err)
		}
		got := d.Actions()
		if len(got) != 1 || got[0].Kind != ActionTransmit || got[0].Destination != NearestNonTPMRBridge {
			t.Errorf("actions %+v, want one LACPDU to %v", got, NearestNonTPMRBridge)
		}
	})
}
