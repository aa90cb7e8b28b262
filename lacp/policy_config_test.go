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
	d := newDUT(t, Config{}, PortConfig{})
	err := d.AddPort(d.now, PortConfig{Number: 2, Key: 1, MAC: MAC{2}, TimeoutMultiplier: 21})
	var field *FieldError
	if !errors.As(err, &field) || field.Field != "TimeoutMultiplier" {
		t.Errorf("error %v, want a FieldError of TimeoutMultiplier", err)
	}
}
