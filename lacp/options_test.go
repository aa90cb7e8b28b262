package lacp

import (
	"slices"
	"testing"
	"time"
)

// Edge cases of the options. Mutation testing of the guards found that they matter.

// causes returns why Selected of a port changed.
func (d *dut) causes(n PortNumber) (why []string) {
	for _, tr := range d.trace {
		if tr.Port == n && tr.Machine == MachineSelection {
			why = append(why, tr.Why)
		}
	}
	return why
}

func TestCandidateEdges(t *testing.T) {
	t.Run("a LAG with ourselves is none", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.keepUp(4*time.Second, []PortNumber{1}, func(p *PDU) { p.Actor.System = ourSystem })
		if c := d.Candidates(PolicyCount, 0); !d.port(1).Actor.State.Has(StateCollecting) || len(c) != 0 {
			t.Errorf("state %v, candidates %+v; want a collecting port and no candidate", d.port(1).Actor.State, c)
		}
	})
	t.Run("only what distributes has speed and rank", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Priority: 1}, PortConfig{Priority: 7}, PortConfig{Priority: 5}, PortConfig{Priority: 9})
		ports := []PortNumber{1, 2, 3, 4}
		for _, n := range ports {
			d.link(n, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
		}
		d.keepUp(4*time.Second, ports)
		d.hear(1, func(p *PDU) { p.Actor.State &^= StateCollecting })
		c := d.Candidates(PolicyCount, 0)
		if len(c) != 1 || c[0].Mbps != 3000 || c[0].Best != (PortID{5, 3}) || c[0].Distributing != 3 || c[0].Collecting != 4 {
			t.Errorf("candidates %+v, want one with 3 of 4 ports distributing", c)
		}
	})
}

func TestDampeningEdges(t *testing.T) {
	t.Run("off whatever its other values are", func(t *testing.T) {
		d := newDUT(t, Config{Dampening: Dampening{Reuse: 9999}}, PortConfig{})
		d.establish(1)
		for range 5 {
			d.hear(1, func(p *PDU) { p.Actor.State &^= StateSynchronization })
			d.hear(1)
		}
		if st := d.port(1); len(d.causes(1)) != 0 || st.Penalty != 0 || !st.Usable() || st.Counters.Flaps != 5 {
			t.Errorf("causes %v, reason %v, penalty %d, %d flaps", d.causes(1), st.Reason, st.Penalty, st.Counters.Flaps)
		}
	})
}

func TestDrainEdges(t *testing.T) {
	t.Run("each thing is asked for once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.Drain(d.now, 1))
		since := d.port(1).Reason.Since
		d.pass(100 * time.Millisecond)
		d.hear(1, short)
		d.hear(1)
		d.do(d.Drain(d.now, 1))
		if len(d.told) != 1 || d.port(1).Reason.Since != since {
			t.Errorf("actions %v, draining since %v; want one action, since %v", d.told, d.port(1).Reason.Since, since)
		}
		d.do(d.Flushed(d.now, 1))
		d.do(d.Flushed(d.now, 1))
		d.pass(10 * time.Second)
		d.hear(1)
		if want := []ActionKind{ActionFlush, ActionDrained}; !slices.Equal(d.told, want) {
			t.Errorf("actions %v", d.told)
		}
	})
	t.Run("a port that waits has nothing to flush, and its partner nothing to stop", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1)
		d.do(d.Drain(d.now, 1))
		if want := []ActionKind{ActionDrained}; !slices.Equal(d.told, want) {
			t.Errorf("actions %v", d.told)
		}
	})
	leaving := func(t *testing.T, c PortConfig) *dut {
		d := newDUT(t, Config{}, c)
		d.establish(1)
		d.hear(1)
		d.pass(2 * time.Second)
		d.do(d.Drain(d.now, 1))
		d.do(d.Flushed(d.now, 1))
		if got := d.port(1).Drain; got != DrainLeaving {
			t.Fatalf("port 1: drain state %v, want leaving", got)
		}
		return d
	}
	t.Run("its link fails while the partner is waited for", func(t *testing.T) {
		d := leaving(t, PortConfig{})
		d.down(1)
		if got := d.port(1).Drain; got != DrainDone {
			t.Errorf("port 1: drain state %v, want drained", got)
		}
	})
	t.Run("its partner falls silent meanwhile", func(t *testing.T) {
		d := leaving(t, PortConfig{ShortTimeout: true})
		d.pass(1100 * time.Millisecond) // 3 s after its last LACPDU
		if got := d.port(1).Drain; got != DrainDone {
			t.Errorf("port 1: drain state %v, want drained", got)
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
	t.Run("names", func(t *testing.T) {
		for f := FallbackNone; f <= FallbackAll; f++ {
			if got, err := ParseFallback(f.String()); err != nil || got != f {
				t.Errorf("ParseFallback of %v: %v, %v", f, got, err)
			}
		}
		if _, err := ParseFallback("two"); err == nil {
			t.Error("ParseFallback accepts an unknown name")
		}
	})
}

func TestGateEdges(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	if err := d.SetGate(d.now, 1, "", GateDistributing); err == nil {
		t.Error("SetGate accepts an empty name")
	}
	d.do(d.SetGate(d.now, 1, "unknown", GateOpen))
	d.do(d.SetGate(d.now, 1, "first", GateSynchronization))
	d.do(d.SetGate(d.now, 1, "second", GateDistributing))
	d.up(1)
	d.keepUp(3*time.Second, []PortNumber{1})
	if got := d.port(1).Reason; got.Have != "first" {
		t.Errorf("reason %v, want gate first", got)
	}
	since := d.port(1).Reason.Since
	d.do(d.SetGate(d.now, 1, "first", GateSynchronization))
	if got := d.port(1).Reason; got.Since != since {
		t.Errorf("the same level again: since %v, want %v", got.Since, since)
	}
	d.do(d.SetGate(d.now, 1, "first", GateDistributing))
	d.keepUp(3*time.Second, []PortNumber{1})
	if got := d.port(1); got.Mux != MuxCollecting || got.Reason.Have != "first" || !got.Reason.Since.After(since) {
		t.Errorf("Mux state %v, reason %v since %v", got.Mux, got.Reason, got.Reason.Since)
	}
	for i := range MaxGates - 2 {
		d.do(d.SetGate(d.now, 1, string(rune('a'+i)), GateDistributing))
	}
	d.do(d.SetGate(d.now, 1, "second", GateSynchronization)) // an existing gate, with MaxGates gates set
	d.do(d.SetGate(d.now, 1, "unknown", GateOpen))
	if got := d.port(1).Reason; got.Have != "second" {
		t.Errorf("reason %v, want gate second", got)
	}
}

func TestStandbyEdges(t *testing.T) {
	t.Run("a port that is held takes no place", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2}, lowID)
		d.do(d.SetGate(d.now, 1, "g", GateSynchronization))
		if got := d.selections(4); got != "sSSs" {
			t.Errorf("Selected of the ports: %s, want sSSs", got)
		}
	})
	t.Run("a link that never carried data has nothing to be restored from", func(t *testing.T) {
		d := newDUT(t, Config{WaitToRestore: time.Minute}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.keepUp(61*time.Second, []PortNumber{1})
		d.up(2)
		d.keepUp(3*time.Second, []PortNumber{1, 2})
		if !d.usable(2) {
			t.Errorf("port 2 is not usable: %v", d.port(2).Reason)
		}
	})
	t.Run("without a partner our own identifiers decide", func(t *testing.T) {
		admin := func(n PortNumber) Info {
			return Info{Key: 5, Port: PortID{0, 10 - n}, State: StateAggregation | StateSynchronization | StateCollecting}
		}
		d := newDUT(t, Config{MaxLinks: 1}, PortConfig{PartnerAdmin: admin(1)}, PortConfig{PartnerAdmin: admin(2)})
		d.up(1, 2)
		d.pass(10 * time.Second)
		if got := d.selections(2); got != "Ss" {
			t.Errorf("Selected of the ports: %s, want Ss", got)
		}
	})
}

func TestStallKeepsThePartner(t *testing.T) {
	for _, tolerance := range []time.Duration{0, time.Second} {
		d := newDUT(t, Config{StallTolerance: tolerance}, PortConfig{ShortTimeout: true}, PortConfig{})
		d.establish(1, 2)
		d.hear(1)
		d.hear(2, short) // it asks for a LACPDU every second, so its port is due too
		d.forget()
		d.now = d.now.Add(6 * time.Second)
		d.Advance(d.now)
		d.drain()
		d.hear(1) // was queued
		d.pass(2 * time.Second)
		lost := slices.ContainsFunc(d.trace, func(tr Transition) bool { return tr.Port == 1 && tr.To == "EXPIRED" })
		if stalls := d.Stalls().Count; lost != (tolerance == 0) || (stalls == 0) != (tolerance == 0) {
			t.Errorf("tolerance %v: partner lost %v, %d stalls", tolerance, lost, stalls)
		}
		if got := d.port(2).Receive; got != ReceiveCurrent || len(d.causes(2)) != 0 {
			t.Errorf("port 2: %v, causes %v", got, d.causes(2))
		}
	}
	t.Run("EXPIRED is excused too", func(t *testing.T) {
		d := newDUT(t, Config{StallTolerance: time.Second}, PortConfig{})
		d.up(1)
		d.now = d.now.Add(8 * time.Second)
		d.Advance(d.now)
		d.drain()
		if got := d.port(1).Receive; got != ReceiveExpired {
			t.Errorf("port 1: Receive machine %v, want EXPIRED", got)
		}
		d.pass(time.Second)
		if got := d.port(1).Receive; got != ReceiveDefaulted {
			t.Errorf("after the tolerance: Receive machine %v, want DEFAULTED", got)
		}
	})
}

func TestHistoryEdges(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.keepUp(70*time.Second, []PortNumber{1}, short)
	for _, tr := range d.History(1) {
		if tr.From == "PERIODIC_TX" || tr.To == "PERIODIC_TX" {
			t.Errorf("the history has a pass through PERIODIC_TX: %v", tr)
		}
	}
	st := d.port(1)
	if got := d.Since(1, MachineMux); !got.Equal(st.Reason.Since) {
		t.Errorf("Mux since %v, want %v", got, st.Reason.Since)
	}
	h := d.History(1)
	for _, m := range []Machine{MachineReceive, MachineSelection, MachinePeriodic} {
		var last time.Time
		for _, tr := range h {
			if tr.Machine == m {
				last = tr.At
			}
		}
		if got := d.Since(1, m); !got.Equal(last) || got.Equal(h[len(h)-1].At) {
			t.Errorf("%v machine since %v, want %v", m, got, last)
		}
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
