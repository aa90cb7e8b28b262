package lacp

import (
	"slices"
	"testing"
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

func TestMinLinks(t *testing.T) {
	d := four(t, Config{MinLinks: 3, MinLinksDown: 2}, lowID)
	carries := func() int {
		n := 0
		for _, m := range d.muxes {
			if m.Distributing {
				n++
			}
		}
		return n
	}
	steps := []struct {
		name   string
		do     func()
		expect int
	}{
		{"all up", func() {}, 4},
		{"one down", func() { d.down(1) }, 3},
		{"two down: between the thresholds it stays", func() { d.down(2) }, 2},
		{"three down", func() { d.down(3) }, 0},
		{"two up: not enough to come up", func() { d.up(3); d.hear(3, reversed) }, 0},
		{"three up", func() { d.up(2); d.hear(2, reversed) }, 3},
	}
	for _, step := range steps {
		step.do()
		t.Run("E05 and E21 "+step.name, func(t *testing.T) {
			if got := carries(); got != step.expect {
				t.Errorf("%d ports carry data, want %d", got, step.expect)
			}
			for a := range d.Aggregators() {
				if a.Up != (step.expect > 0) {
					t.Errorf("aggregator up: %v", a.Up)
				}
			}
		})
	}
	d.down(2)
	d.down(3)
	st := d.port(4)
	if st.Actor.State != 0x3d || st.Mux != MuxDistributing {
		t.Errorf("the limit affects the protocol: state %v, Mux state %v", st.Actor.State, st.Mux)
	}
	if got := st.Reason.String(); got != "BelowMinLinks (have 1 distributing, want 3 distributing)" {
		t.Errorf("reason %s, want BelowMinLinks (have 1 distributing, want 3 distributing)", got)
	}
}
