package lacp

import (
	"slices"
	"testing"
	"time"
)

// successor restarts the System of d from its saved state, after a pause.
func successor(d *dut, c Config, saved Saved, pause time.Duration, ports ...PortConfig) *dut {
	d.t.Helper()
	n := &dut{t: d.t, now: d.now.Add(pause), sent: map[PortNumber][]PDU{}, times: map[PortNumber][]time.Duration{}, muxes: map[PortNumber]Mux{}}
	c.System = ourSystem
	c.Trace = func(tr Transition) { n.trace = append(n.trace, tr) }
	n.System = newSystem(d.t, c)
	n.Restore(n.now, saved)
	for i, p := range ports {
		addPort(d.t, n.System, n.now, portDefaults(i, p))
	}
	n.drain()
	return n
}

// SYS-14, E07: the partner does not notice a restart.
func TestRestore(t *testing.T) {
	two := []PortConfig{{}, {}}
	running := func(t *testing.T) (*dut, Saved) {
		d := newDUT(t, Config{}, two...)
		d.establish(1, 2)
		b, err := d.Save(d.now).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var saved Saved
		if err := saved.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		return d, saved
	}
	t.Run("SYS-14 and E07 no flag ever drops", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 5*time.Second, two...)
		if len(n.sent) != 0 {
			t.Fatalf("LACPDUs before the links are up: %v", n.sent)
		}
		n.up(1, 2)
		n.pass(30 * time.Second)
		n.hear(1)
		n.hear(2)
		n.pass(30 * time.Second)
		for _, port := range []PortNumber{1, 2} {
			if len(n.sent[port]) == 0 {
				t.Errorf("port %d sent no LACPDU", port)
			}
			for _, pdu := range n.sent[port] {
				if pdu.Actor.State != 0x3d || pdu.Partner.State != 0x3d {
					t.Errorf("port %d sent %v | %v", port, pdu.Actor.State, pdu.Partner.State)
				}
			}
			if got := n.muxes[port]; got != (Mux{1, true, true}) {
				t.Errorf("port %d: %+v", port, got)
			}
		}
		if h := n.History(1); !slices.ContainsFunc(h, func(tr Transition) bool { return tr.Why == "restored" }) {
			t.Errorf("the history does not have the restore: %v", h)
		}
	})
	t.Run("a partner that is gone is lost when it would have been", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 60*time.Second, two...)
		n.up(1)
		n.pass(28 * time.Second) // 1 s went by in establish
		if got := n.port(1).Receive; got != ReceiveCurrent {
			t.Errorf("after 88 s: Receive machine %v", got)
		}
		n.pass(2 * time.Second)
		if got := n.port(1).Receive; got != ReceiveExpired {
			t.Errorf("after 90 s: Receive machine %v", got)
		}
	})
	for _, test := range []struct {
		name  string
		pause time.Duration
		c     Config
		port  PortConfig
	}{
		{"too late", 90 * time.Second, Config{}, PortConfig{}},
		{"saved in the future", -time.Second, Config{}, PortConfig{}},
		{"another key", 0, Config{}, PortConfig{Key: 2}},
		{"another priority", 0, Config{}, PortConfig{Priority: 2}},
		{"another activity", 0, Config{}, PortConfig{Passive: true}},
		{"another timeout", 0, Config{}, PortConfig{ShortTimeout: true}},
		{"LACP disabled", 0, Config{}, PortConfig{Disabled: true}},
		{"another Mux control", 0, Config{}, PortConfig{CoupledControl: true}},
	} {
		t.Run("not restored: "+test.name, func(t *testing.T) {
			d, saved := running(t)
			n := successor(d, test.c, saved, test.pause, test.port)
			n.up(1)
			if st := n.port(1); st.Receive == ReceiveCurrent || st.Usable() {
				t.Errorf("port 1 was restored: Receive machine %v, Mux state %v", st.Receive, st.Mux)
			}
		})
	}
	t.Run("a port is restored once", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 0, two...)
		n.up(1)
		n.down(1)
		n.up(1)
		if st := n.port(1); st.Receive != ReceiveExpired {
			t.Errorf("Receive machine %v, want EXPIRED", st.Receive)
		}
	})
	t.Run("a port that was saved twice is restored once", func(t *testing.T) {
		d, saved := running(t)
		saved.Ports = append(saved.Ports, saved.Ports...)
		n := successor(d, Config{}, saved, 0, two...)
		n.up(1)
		n.down(1)
		n.up(1)
		if got := slices.Collect(n.Aggregators())[0].Ports; !slices.Equal(got, []PortNumber{1}) {
			t.Errorf("ports of the aggregator: %v", got)
		}
	})
	t.Run("a port in use is not restored", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, Saved{At: saved.At}, 0, two...)
		n.establish(1, 2)
		n.Restore(n.now, saved)
		n.down(1)
		n.up(1)
		if got := slices.Collect(n.Aggregators())[0].Ports; !slices.Equal(got, []PortNumber{1, 2}) {
			t.Errorf("ports of the aggregator: %v", got)
		}
	})
	t.Run("only ports that have a partner are saved", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		d.up(3)
		d.do(d.Drain(d.now, 2))
		saved := d.Save(d.now)
		if len(saved.Ports) != 1 || saved.Ports[0].Actor.Port.Number != 1 || saved.Ports[0].Valid != 89*time.Second {
			t.Errorf("saved state %+v, want port 1, valid for 89 s", saved)
		}
	})
}

func TestRestoreEdges(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	good := d.Save(d.now)
	restored := func(t *testing.T, change func(*Saved), c PortConfig) *dut {
		t.Helper()
		saved := Saved{At: good.At, Ports: slices.Clone(good.Ports)}
		change(&saved)
		n := successor(d, Config{}, saved, 0, c, PortConfig{})
		n.up(2, 1)
		return n
	}
	was := func(n *dut, port PortNumber) bool {
		return slices.ContainsFunc(n.trace, func(tr Transition) bool { return tr.Port == port && tr.Why == causeRestored.String() })
	}
	for _, test := range []struct {
		name   string
		change func(*Saved)
		port   PortConfig
		want   bool
	}{
		{"as saved", func(*Saved) {}, PortConfig{}, true},
		{"a state that can't be", func(s *Saved) { s.Ports[0].Mux = MuxWaiting }, PortConfig{}, false},
		{"an aggregator that is not", func(s *Saved) { s.Ports[0].Aggregator = 99 }, PortConfig{}, false},
		{"a partner that would be lost by now", func(s *Saved) { s.At = s.At.Add(-100 * time.Second) }, PortConfig{}, false},
		{"LACP is disabled", func(*Saved) {}, PortConfig{Disabled: true}, false},
		{"another LAG is there", func(s *Saved) { s.Ports[0].Partner.Key = 77 }, PortConfig{}, false},
		{"its cable leads to a port that is there", func(s *Saved) {
			for i := range s.Ports {
				s.Ports[i].Partner.System, s.Ports[i].Partner.Port.Number = ourSystem, s.Ports[1-i].Actor.Port.Number
				s.Ports[i].Partner.Port.Priority = DefaultPriority
			}
		}, PortConfig{}, false},
		{"attached, with coupled control", func(s *Saved) { s.Ports[0].Mux = MuxAttached }, PortConfig{CoupledControl: true}, true},
		{"collecting, with coupled control", func(s *Saved) { s.Ports[0].Mux = MuxCollecting }, PortConfig{CoupledControl: true}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := restored(t, test.change, test.port)
			if got := was(n, 1); got != test.want {
				t.Errorf("port 1 was restored: %v; %v", got, n.port(1).Reason)
			}
		})
	}
}

// TestRestoreTakesNoDetour: a port that a gate holds never distributes on the way to STANDBY, and
// a port that nothing holds gets to where it was in one step.
func TestRestoreTakesNoDetour(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	saved := d.Save(d.now)
	for _, test := range []struct {
		gate Gate
		want []string
	}{
		{GateOpen, []string{"DISTRIBUTING"}},
		{GateDistributing, []string{"DISTRIBUTING", "COLLECTING"}},
		{GateSynchronization, []string{"WAITING"}},
	} {
		n := successor(d, Config{}, saved, time.Second, PortConfig{})
		n.do(n.SetGate(n.now, 1, "g", test.gate))
		n.trace = nil
		n.up(1)
		var got []string
		for _, tr := range n.trace {
			if tr.Machine == MachineMux {
				got = append(got, tr.To)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("gate %v: the Mux machine goes to %q, want %q", test.gate, got, test.want)
		}
	}
}

// TestRestoreLeavesOutDrainedPorts: the partner of a drained port was told not to use it.
func TestRestoreLeavesOutDrainedPorts(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	n := successor(d, Config{}, d.Save(d.now), time.Second, PortConfig{})
	n.do(n.Drain(n.now, 1))
	n.up(1)
	if st := n.port(1); st.Receive == ReceiveCurrent || st.Usable() {
		t.Errorf("a port drained before its link came up: Receive machine %v, usable %v; want it to hear its partner first", st.Receive, st.Usable())
	}
}

func TestSaveEdges(t *testing.T) {
	t.Run("not what is over", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		if saved := d.Save(d.now.Add(100 * time.Second)); len(saved.Ports) != 0 {
			t.Errorf("Save returned an expired port: %+v", saved)
		}
	})
	t.Run("not in EXPIRED, not before it is attached", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1)
		d.pass(4 * time.Second)
		d.up(2)
		d.hear(2)
		if d.port(1).Receive != ReceiveExpired || d.port(2).Mux != MuxWaiting {
			t.Fatalf("Receive machine %v, Mux state %v; want EXPIRED, WAITING", d.port(1).Receive, d.port(2).Mux)
		}
		if saved := d.Save(d.now); len(saved.Ports) != 0 {
			t.Errorf("Save returned a port that is not in CURRENT and attached: %+v", saved)
		}
	})
}

// A port whose gate is closed when its link comes up attaches as soon as the gate opens.
func TestRestoreWithGate(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.establish(1)
	saved := d.Save(d.now)
	n := successor(d, Config{}, saved, time.Second, PortConfig{})
	n.do(n.SetGate(n.now, 1, "g", GateSynchronization))
	n.up(1)
	if st := n.port(1); st.Receive != ReceiveCurrent || st.Selected != Standby || st.Usable() || st.Reason.String() != "GateHold (g)" {
		t.Errorf("with a gate: Receive machine %v, %v, state %v, reason %v; want CURRENT, STANDBY, not usable, GateHold (g)", st.Receive, st.Selected, st.Actor.State, st.Reason)
	}
	n.pass(100 * time.Millisecond)
	n.do(n.SetGate(n.now, 1, "g", GateOpen))
	if !n.usable(1) {
		t.Errorf("the gate is open: reason %v, want a usable port at once", n.port(1).Reason)
	}
}
