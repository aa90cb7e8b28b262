package lacp

import "testing"

// AddPort and SetPort refuse the same values, and a refused SetPort changes nothing.
func TestPortConfigErrors(t *testing.T) {
	tests := []struct {
		field  string // empty if valid
		change func(*PortConfig)
	}{
		{"", func(*PortConfig) {}},
		{"Number", func(c *PortConfig) { c.Number = 0 }},
		{"Key", func(c *PortConfig) { c.Key = 0 }},
		{"Key", func(c *PortConfig) { c.Key = 1024 }},
		{"", func(c *PortConfig) { c.Key = 1023 }},
		{"", func(c *PortConfig) { c.Key, c.StaticKey = 65535, true }},
		{"MAC", func(c *PortConfig) { c.MAC = MAC{} }},
		{"MAC", func(c *PortConfig) { c.MAC = MAC{1} }},
		{"TimeoutMultiplier", func(c *PortConfig) { c.TimeoutMultiplier = 21 }},
		{"", func(c *PortConfig) { c.TimeoutMultiplier = 20 }},
	}
	for _, test := range tests {
		d := newDUT(t, Config{}, PortConfig{})
		c := portDefaults(2, PortConfig{})
		test.change(&c)
		checkFieldError(t, d.AddPort(d.now, c), test.field)
		if c.Number == 0 {
			checkFieldError(t, d.SetPort(d.now, c), test.field)
			continue
		}
		c.Number = 1
		before := d.port(1)
		checkFieldError(t, d.SetPort(d.now, c), test.field)
		if test.field != "" && d.port(1) != before {
			t.Errorf("a rejected SetPort changed the port: %+v, want %+v", d.port(1), before)
		}
	}
}
