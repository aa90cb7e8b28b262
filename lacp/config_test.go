package lacp

import (
	"errors"
	"testing"
	"time"
)

func TestConfigPolicyErrors(t *testing.T) {
	tests := []struct {
		field  string
		change func(*Config)
	}{
		{"MaxLinks", func(c *Config) { c.MaxLinks = -1 }},
		{"MaxLinks", func(c *Config) { c.MaxLinks = 65536 }},
		{"Aggregators", func(c *Config) { c.Aggregators = -1 }},
		{"MinLinks", func(c *Config) { c.MinLinks = -1 }},
		{"MinLinksDown", func(c *Config) { c.MinLinksDown = -1 }},
		{"MinLinksDown", func(c *Config) { c.MinLinks, c.MinLinksDown = 2, 3 }},
		{"MinLinks", func(c *Config) { c.MaxLinks, c.MinLinks = 2, 3 }},
		{"WaitToRestore", func(c *Config) { c.WaitToRestore = -1 }},
		{"WaitToRestore", func(c *Config) { c.WaitToRestore = time.Hour + 1 }},
		{"FallbackTimeout", func(c *Config) { c.FallbackTimeout = -1 }},
		{"StallTolerance", func(c *Config) { c.StallTolerance = 11 * time.Second }},
		{"Fallback", func(c *Config) { c.Fallback = 9 }},
		{"Fallback", func(c *Config) { c.RequirePartner, c.Fallback = false, FallbackAll }},
		{"Dampening.HalfLife", func(c *Config) { c.Dampening.HalfLife = -1 }},
		{"Dampening.Reuse", func(c *Config) { c.Dampening = Dampening{HalfLife: 1, Reuse: 2000} }},
		{"Dampening.Max", func(c *Config) { c.Dampening = Dampening{HalfLife: 1, Max: 1} }},
	}
	for _, test := range tests {
		c := Config{System: ourSystem, RequirePartner: true}
		test.change(&c)
		_, err := NewSystem(c)
		var field *FieldError
		if !errors.As(err, &field) || field.Field != test.field {
			t.Errorf("field %s: error %v", test.field, err)
		}
	}
}

// The meaning of the zero values of a configuration.
func TestDefaults(t *testing.T) {
	d := newDUT(t, Config{System: SystemID{MAC: MAC{2, 1}}}, PortConfig{})
	if got := d.ID(); got != (SystemID{0x8000, MAC{2, 1}}) {
		t.Errorf("System %v", got)
	}
	st := d.port(1)
	if st.Actor.Port.Priority != 0x8000 || st.Config.Priority != 0x8000 || st.Config.PartnerAdmin != DefaultPartnerAdmin(1) || st.Actor.State&7 != 5 {
		t.Errorf("status %+v does not have the defaults", st)
	}
	for wait, want := range map[time.Duration]time.Duration{0: 2 * time.Second, -1: 0, time.Second: time.Second} {
		d := newDUT(t, Config{AggregateWait: wait}, PortConfig{})
		d.up(1)
		d.pass(want)
		if got := d.port(1).Mux; got != MuxAttached {
			t.Errorf("wait %v: %v after %v", wait, got, want)
		}
		if want > 0 {
			d := newDUT(t, Config{AggregateWait: wait}, PortConfig{})
			d.up(1)
			d.pass(want - 1)
			if got := d.port(1).Mux; got != MuxWaiting {
				t.Errorf("wait %v: %v before %v", wait, got, want)
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	tests := []struct {
		field  string // empty if valid
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"System.MAC", func(c *Config) { c.System.MAC = MAC{} }},
		{"System.MAC", func(c *Config) { c.System.MAC = SlowProtocolsMulticast }},
		{"Destination", func(c *Config) { c.Destination = MAC{2} }},
		{"", func(c *Config) { c.Destination = NearestNonTPMRBridge }},
	}
	for _, test := range tests {
		c := Config{System: ourSystem}
		test.change(&c)
		_, err := NewSystem(c)
		checkFieldError(t, err, test.field)
	}
}

// checkFieldError checks that the error names the field, its value and the allowed values;
// no error if the field is empty.
func checkFieldError(t *testing.T, err error, field string) {
	t.Helper()
	var bad *FieldError
	switch {
	case field == "" && err != nil:
		t.Errorf("a valid configuration is rejected: %v", err)
	case field != "" && (!errors.As(err, &bad) || bad.Field != field || bad.Value == "" || bad.Allowed == ""):
		t.Errorf("error %v, want a FieldError of %s with value and allowed values", err, field)
	}
}

func TestParseFallback(t *testing.T) {
	for f := FallbackNone; f <= FallbackAll; f++ {
		if got, err := ParseFallback(f.String()); err != nil || got != f {
			t.Errorf("ParseFallback(%q) = %v, %v, want %v", f.String(), got, err, f)
		}
	}
	if got, err := ParseFallback("two"); err == nil {
		t.Errorf(`ParseFallback("two") = %v, want an error`, got)
	}
}
