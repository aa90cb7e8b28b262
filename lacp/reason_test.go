package lacp

import (
	"testing"
	"time"
)

func TestApart(t *testing.T) {
	tests := []struct {
		port   PortConfig
		link   Link
		heard  func(*PDU)
		reason string
	}{
		{PortConfig{}, Link{Up: true}, from(0x0c, 2), "DifferentPartner (have 8000,02:00:00:00:00:0c, want 8000,02:00:00:00:00:0b)"},
		{PortConfig{}, Link{Up: true}, from(0x0b, 3), "DifferentPartnerKey (have key 3, want key 2)"},
		{PortConfig{}, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull}, func(*PDU) {}, "SpeedMismatch (have key 14337, want key 1)"},
		{PortConfig{}, Link{Up: true}, individualPartner, "PartnerIndividual"},
		{PortConfig{}, Link{Up: true}, func(p *PDU) { p.Actor.System = ourSystem }, "LoopbackSystem"},
	}
	for _, test := range tests {
		d := newDUT(t, Config{}, PortConfig{}, test.port)
		d.establish(1)
		d.link(2, test.link)
		d.keepUp(3*time.Second, []PortNumber{2}, test.heard)
		if got := d.OffAggregatorReason(2, 1); got.String() != test.reason {
			t.Errorf("reason %v, want %s", got, test.reason)
		}
	}
	d := newDUT(t, Config{}, PortConfig{})
	if got := d.OffAggregatorReason(9, 1).Code; got != ReasonLostElection {
		t.Errorf("port 9, which does not exist: reason %v, want LostElection", got)
	}
}

// A difference in speed is reported before one in the partner's keys, which may follow
// the speed as ours do. A difference in the partner's keys is also reported alone.
func TestSpeedIsNamedBOX25(t *testing.T) {
	full := func(mbps uint32) Link { return Link{Up: true, SpeedMbps: mbps, Duplex: DuplexFull} }
	static := PortConfig{Key: 5, StaticKey: true}
	for _, test := range []struct {
		name   string
		port   PortConfig // of both, except for the second's Key
		first  Link
		second Link
		own    Key // of the second; 0: same as the first
		key    Key // the partner's, for the second
		reason string
	}{
		{"slower, another key there", PortConfig{}, full(10000), full(100), 0, 3, "SpeedMismatch (have 100 Mb/s full duplex, want 10000 Mb/s full duplex)"},
		{"faster, another key there", PortConfig{}, full(100), full(10000), 0, 3, "SpeedMismatch (have 10000 Mb/s full duplex, want 100 Mb/s full duplex)"},
		{"a key of the operator's", static, full(10000), full(100), 0, 3, "SpeedMismatch (have 100 Mb/s full duplex, want 10000 Mb/s full duplex)"},
		{"of unknown speed, another key there", PortConfig{}, full(100), Link{Up: true}, 0, 3, "SpeedMismatch (have key 1, want key 11265)"},
		{"slower, the same key there", PortConfig{}, full(10000), full(100), 0, 2, "SpeedMismatch (have 100 Mb/s full duplex, want 10000 Mb/s full duplex)"},
		{"as fast, of unknown duplex, another key there", PortConfig{}, full(1000), Link{Up: true, SpeedMbps: 1000}, 0, 3, "SpeedMismatch (have key 12289, want key 14337)"},
		{"of known duplex alone, with a key of the operator's", static, full(1000), Link{Up: true, Duplex: DuplexFull}, 0, 3, "DifferentPartnerKey (have key 3, want key 2)"},
		{"of known speed alone, with a key of the operator's", static, full(1000), Link{Up: true, SpeedMbps: 100}, 0, 3, "DifferentPartnerKey (have key 3, want key 2)"},
		{"as fast, with another key here and there", PortConfig{}, full(1000), full(1000), 2, 3, "DifferentPartnerKey (have key 3, want key 2)"},
		{"as fast, with another key here", PortConfig{}, full(1000), full(1000), 2, 2, "SpeedMismatch (have key 14338, want key 14337)"},
		{"as fast", PortConfig{}, full(1000), full(1000), 0, 3, "DifferentPartnerKey (have key 3, want key 2)"},
		{"of unknown speed, with a key of the operator's", static, full(1000), Link{Up: true}, 0, 3, "DifferentPartnerKey (have key 3, want key 2)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			second := test.port
			if test.own != 0 {
				second.Key = test.own
			}
			d := newDUT(t, Config{}, test.port, second)
			d.link(1, test.first)
			d.establish(1)
			d.link(1, test.first)
			d.keepUp(3*time.Second, []PortNumber{1})
			d.link(2, test.second)
			d.keepUp(3*time.Second, []PortNumber{2}, from(0x0b, test.key))
			if got := d.OffAggregatorReason(2, d.port(1).SelectedAggregator); got.String() != test.reason {
				t.Errorf("reason %v, want %s", got, test.reason)
			}
		})
	}
}

// Reason returns the same as the whole status.
func TestReasonAlone(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	if got, want := d.Reason(1), d.port(1).Reason; got != want || got.Code != ReasonLinkDown {
		t.Errorf("Reason(1) = %v, want %v", got, want)
	}
	if got := d.Reason(9); got != (Reason{}) {
		t.Errorf("Reason of a port that does not exist: %v, want zero", got)
	}
}

// The Since of a reason does not change with each LACPDU.
func TestReasonKeepsItsTime(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	group := func(p *PDU) { p.Actor.System.MAC = SlowProtocolsMulticast }
	d.hear(1, group)
	since := d.now
	for _, s := range []State{0x05, 0x0d, 0x07} {
		d.pass(5 * time.Second)
		d.hear(1, group, says(s))
		if r := d.port(1).Reason; r.Code != ReasonPartnerInvalid || !r.Since.Equal(since) {
			t.Errorf("%v since %v, want since %v", r, r.Since.Sub(start), since.Sub(start))
		}
	}
}

// Reasons that are close to each other.
func TestReasonsThatAreAlike(t *testing.T) {
	t.Run("Passive, with a partner that is not in sync", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Passive: true})
		d.establish(1)
		d.hear(1, says(0x05))
		if got := d.port(1).Reason.Code; got != ReasonPartnerNotInSync {
			t.Errorf("port 1: reason %v, want PartnerNotInSync", got)
		}
	})
	t.Run("an Individual partner that is not in sync and echoes something old", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, says(0x01), func(p *PDU) { p.Partner.Key = 77 })
		d.pass(2 * time.Second)
		if got := d.port(1).Reason.Code; got != ReasonPartnerNotInSync {
			t.Errorf("port 1: reason %v, want PartnerNotInSync", got)
		}
	})
	t.Run("no aggregator, and standby", func(t *testing.T) {
		for selected, want := range map[Selection]ReasonCode{Unselected: ReasonNoAggregator, Standby: ReasonStandby} {
			s, p := testPort(t)
			p.portEnabled, p.receive, p.mux, p.selected = true, ReceiveCurrent, MuxWaiting, selected
			p.partner = Info{System: partnerSystem, Key: 2, Port: PortID{1, 1}, State: 0x3d}
			p.setActorState(StateDefaulted, false)
			if got := s.reason(p).Code; got != want {
				t.Errorf("%v: reason %v, want %v", selected, got, want)
			}
		}
	})
	t.Run("one value only", func(t *testing.T) {
		for want, r := range map[string]Reason{
			"PartnerStale (a)":             {Code: ReasonPartnerStale, Have: "a"},
			"PartnerStale (have , want b)": {Code: ReasonPartnerStale, Want: "b"},
			"PartnerStale":                 {Code: ReasonPartnerStale},
		} {
			if got := r.String(); got != want {
				t.Errorf("reason %s, want %s", got, want)
			}
		}
	})
	t.Run("the first difference", func(t *testing.T) {
		base := Info{System: SystemID{1, MAC{2}}, Key: 3, Port: PortID{4, 5}, State: 0x3d}
		for _, test := range []struct {
			change     func(*Info)
			have, want string
		}{
			{func(i *Info) { i.System.Priority, i.Key, i.Port.Number = 9, 9, 9 }, "system 0009,02:00:00:00:00:00", "system 0001,02:00:00:00:00:00"},
			{func(i *Info) { i.Key, i.Port.Number = 9, 9 }, "key 9", "key 3"},
			{func(i *Info) { i.Port.Number, i.State = 9, 0 }, "port 9 of priority 4", "port 5 of priority 4"},
			{func(i *Info) { i.State = 0x05 }, "state *****G*A", "state **DCSG*A"},
		} {
			other := base
			test.change(&other)
			if have, want := firstDifference(&other, &base); have != test.have || want != test.want {
				t.Errorf("differences %q and %q, want %q and %q", have, want, test.have, test.want)
			}
		}
	})
}

// Every reason, with a cause and its repair.
func TestReasons(t *testing.T) {
	type reasonCase struct {
		code     ReasonCode
		config   Config
		port     PortConfig
		breaks   func(*dut)
		severity Severity
		repair   func(*dut) // and then ReasonDistributing
	}
	tests := []reasonCase{
		{ReasonDistributing, Config{}, PortConfig{}, func(*dut) {}, SeverityOK, func(*dut) {}},
		{ReasonWaitWhile, Config{}, PortConfig{}, func(d *dut) { d.hear(1, from(0x0c, 2)); d.pass(time.Second) }, SeverityInfo,
			func(d *dut) { d.pass(time.Second); d.hear(1, from(0x0c, 2)) }},
		{ReasonAwaitingPartner, Config{}, PortConfig{}, func(d *dut) { d.down(1); d.up(1) }, SeverityInfo, func(d *dut) { d.hear(1) }},
		{ReasonLinkDown, Config{}, PortConfig{}, func(d *dut) { d.down(1) }, SeverityError, func(d *dut) { d.up(1); d.hear(1) }},
		{ReasonHalfDuplex, Config{RequirePartner: true}, PortConfig{}, func(d *dut) { d.link(1, Link{Up: true, Duplex: DuplexHalf}) },
			SeverityMisconfiguration, func(d *dut) { d.establish(1) }},
		{ReasonLACPDisabled, Config{RequirePartner: true}, PortConfig{}, func(d *dut) { d.set(func(c *PortConfig) { c.Disabled = true }) },
			SeverityInfo, func(d *dut) { d.set(func(c *PortConfig) { c.Disabled = false }); d.establish(1) }},
		{ReasonTxFailing, Config{}, PortConfig{}, func(d *dut) { d.hear(1, notInSync); d.TransmitFailed(d.now, 1); d.drain() }, SeverityError,
			func(d *dut) { d.pass(time.Second); d.hear(1) }},
		{ReasonNeverHeard, Config{RequirePartner: true}, PortConfig{}, func(d *dut) { d.down(1); d.up(1); d.pass(4 * time.Second) }, SeverityWarning,
			func(d *dut) { d.establish(1) }},
		{ReasonExpired, Config{}, PortConfig{ShortTimeout: true}, func(d *dut) { d.pass(4 * time.Second) }, SeverityError, func(d *dut) { d.hear(1) }},
		{ReasonDefaulted, Config{RequirePartner: true}, PortConfig{ShortTimeout: true}, func(d *dut) { d.pass(7 * time.Second) }, SeverityError,
			func(d *dut) { d.establish(1) }},
		{ReasonPassiveBothEnds, Config{RequirePartner: true}, PortConfig{Passive: true}, func(d *dut) { d.down(1); d.up(1); d.pass(4 * time.Second) },
			SeverityMisconfiguration, func(d *dut) { d.establish(1) }},
		{ReasonPartnerNotInSync, Config{}, PortConfig{}, func(d *dut) { d.hear(1, notInSync) }, SeverityWarning, func(d *dut) { d.hear(1) }},
		{ReasonPartnerNotCollecting, Config{}, PortConfig{}, func(d *dut) { d.hear(1, func(p *PDU) { p.Actor.State &^= StateCollecting }) },
			SeverityInfo, func(d *dut) { d.hear(1) }},
		{ReasonPartnerStale, Config{}, PortConfig{}, func(d *dut) { d.hear(1, func(p *PDU) { p.Partner.Key = 77 }) }, SeverityWarning,
			func(d *dut) { d.hear(1) }},
		{ReasonPartnerDefaultedUs, Config{}, PortConfig{}, func(d *dut) {
			d.hear(1, func(p *PDU) { p.Actor.State, p.Partner = 0x47, Info{} })
		}, SeverityError, func(d *dut) { d.hear(1) }},
		{ReasonPartnerInvalid, Config{}, PortConfig{}, func(d *dut) { d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{1} }) },
			SeverityMisconfiguration, func(d *dut) { d.establish(1) }},
		{ReasonLoopbackSelf, Config{RequirePartner: true}, PortConfig{}, func(d *dut) {
			d.down(1)
			d.up(1)
			d.hear(1, func(p *PDU) { p.Actor = p.Partner })
		}, SeverityMisconfiguration, func(d *dut) { d.establish(1) }},
		{ReasonLoopbackSystem, Config{}, PortConfig{}, func(d *dut) {
			d.hear(1, func(p *PDU) { p.Actor.System = ourSystem; p.Actor.State = 0x05 })
		}, SeverityMisconfiguration, func(d *dut) { d.establish(1) }},
		{ReasonGateHold, Config{}, PortConfig{}, func(d *dut) { d.do(d.SetGate(d.now, 1, "bfd", GateDistributing)) }, SeverityInfo,
			func(d *dut) { d.do(d.SetGate(d.now, 1, "bfd", GateOpen)) }},
		{ReasonDampened, Config{Dampening: Dampening{HalfLife: time.Second, Suppress: 900}}, PortConfig{},
			func(d *dut) { d.hear(1, notInSync); d.hear(1) }, SeverityWarning, func(d *dut) { d.keepUp(4*time.Second, []PortNumber{1}) }},
		{ReasonFallbackWait, Config{RequirePartner: true, Fallback: FallbackOne, FallbackTimeout: time.Minute}, PortConfig{ShortTimeout: true},
			func(d *dut) { d.pass(7 * time.Second) }, SeverityInfo, func(d *dut) { d.pass(time.Minute) }},
		{ReasonDraining, Config{}, PortConfig{}, func(d *dut) { d.do(d.Drain(d.now, 1)) }, SeverityInfo,
			func(d *dut) { d.do(d.Undrain(d.now, 1)) }},
		{ReasonMalformedPDUs, Config{}, PortConfig{}, func(d *dut) {
			d.down(1)
			d.up(1)
			_, _ = d.Receive(d.now, 1, pduFrame(d.healthy(1))[:100])
		}, SeverityError, func(d *dut) { d.hear(1) }},
		{ReasonMisaddressed, Config{}, PortConfig{}, func(d *dut) {
			d.down(1)
			d.up(1)
			frame := pduFrame(d.healthy(1))
			copy(frame, "\x02\x00\x00\x00\x00\x01")
			_, _ = d.Receive(d.now, 1, frame)
		}, SeverityMisconfiguration, func(d *dut) { d.hear(1) }},
	}
	for code, severity := range map[ReasonCode]Severity{
		ReasonStandbyChassis: SeverityInfo, ReasonPermissionLost: SeverityError, ReasonNotReady: SeverityInfo,
		ReasonChassisDiffers: SeverityMisconfiguration, ReasonNoStore: SeverityError,
	} {
		gate := func(st GateState) func(*dut) {
			return func(d *dut) { d.do(d.SetGateState(d.now, 1, "chassis", st)) }
		}
		tests = append(tests, reasonCase{code, Config{}, PortConfig{},
			gate(GateState{Level: GateSynchronization, Reason: code}), severity, gate(GateState{})})
	}
	// These are tested elsewhere, or a System does not use them. The first line is for
	// package bond.
	seen := map[ReasonCode]bool{ReasonBringUpDelay: true, ReasonAdminDown: true, ReasonMTUMismatch: true, ReasonInterfaceChanged: true, ReasonInterfaceDown: true, ReasonPlaneRefused: true, ReasonLostElection: true,
		ReasonWaitingForPorts: true, ReasonStandby: true, ReasonNoAggregator: true, ReasonWaitToRestore: true, ReasonBelowMinLinks: true,
		ReasonDifferentPartner: true, ReasonDifferentPartnerKey: true, ReasonSpeedMismatch: true, ReasonPartnerIndividual: true,
		ReasonDuplicatePartnerPort: true}
	for _, test := range tests {
		seen[test.code] = true
		t.Run(test.code.String(), func(t *testing.T) {
			d := newDUT(t, test.config, test.port)
			d.establish(1)
			test.breaks(d)
			r := d.port(1).Reason
			if r.Code != test.code || r.Code.Severity() != test.severity {
				t.Fatalf("%v [%v], want %v [%v]", r, r.Code.Severity(), test.code, test.severity)
			}
			if r.Since.After(d.now) || r.Since.Before(start) {
				t.Errorf("since %v, now %v", r.Since, d.now)
			}
			if (r.Code.Advice() == "") != (test.code == ReasonDistributing) {
				t.Errorf("advice %q", r.Code.Advice())
			}
			test.repair(d)
			if got := d.port(1).Reason.Code; got != ReasonDistributing {
				t.Errorf("after the repair: reason %v", got)
			}
		})
	}
	for code, text := range reasonTexts {
		if text.name != "" && !seen[ReasonCode(code)] {
			t.Errorf("no test for %v", ReasonCode(code))
		}
	}
	t.Run("DuplicatePartnerPort", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		d.hear(2, func(p *PDU) { p.Actor.Port.Number = 101; p.Actor.State &^= StateSynchronization })
		d.pass(2 * time.Second)
		if got := d.port(2).Reason; got.String() != "DuplicatePartnerPort (port 101 of priority 32768)" {
			t.Errorf("port 2: reason %v, want DuplicatePartnerPort (port 101 of priority 32768)", got)
		}
	})
	t.Run("values", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, func(p *PDU) { p.Partner.Key = 77 })
		if got := d.port(1).Reason.String(); got != "PartnerStale (have key 77, want key 1)" {
			t.Errorf("port 1: reason %s, want PartnerStale (have key 77, want key 1)", got)
		}
	})
}

// A reason gives way to the one that has to be dealt with first.
func TestReasonNamesTheFirstObstacle(t *testing.T) {
	fallback := Config{RequirePartner: true, Fallback: FallbackOne, FallbackTimeout: time.Second}
	for _, test := range []struct {
		name   string
		config Config
		port   PortConfig
		breaks func(*dut)
		want   ReasonCode // of port 1
	}{
		{"coupled control collects while it flushes a drain", Config{}, PortConfig{CoupledControl: true},
			func(d *dut) { d.do(d.Drain(d.now, 1)) }, ReasonDraining},
		{"the same, and the bond is down", Config{AdminDown: true}, PortConfig{CoupledControl: true},
			func(d *dut) { d.do(d.Drain(d.now, 1)) }, ReasonDraining},
		{"the bond is down, and the link", Config{AdminDown: true}, PortConfig{}, func(d *dut) { d.down(1) }, ReasonLinkDown},
		{"a gate, and a partner that is not in sync", Config{}, PortConfig{}, func(d *dut) {
			d.do(d.SetGate(d.now, 1, "bfd", GateDistributing))
			d.hear(1, notInSync)
		}, ReasonPartnerNotInSync},
		{"a gate, and a partner that does not collect", Config{}, PortConfig{}, func(d *dut) {
			d.do(d.SetGate(d.now, 1, "bfd", GateDistributing))
			d.hear(1, func(p *PDU) { p.Actor.State &^= StateCollecting })
		}, ReasonPartnerNotCollecting},
		{"wait-to-restore does not hold the only link, its partner does", Config{WaitToRestore: time.Hour}, PortConfig{}, func(d *dut) {
			d.down(1)
			d.up(1)
			d.hear(1, notInSync)
		}, ReasonPartnerNotInSync},
		{"fallback is over due, and another port has it", fallback, PortConfig{Priority: 2}, func(d *dut) {
			addPort(d.t, d.System, d.now, portDefaults(1, PortConfig{Priority: 1}))
			d.down(1)
			d.up(1, 2)
			d.pass(10 * time.Second)
		}, ReasonNeverHeard},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, test.config, test.port)
			d.establish(1)
			test.breaks(d)
			if got := d.port(1).Reason; got.Code != test.want {
				t.Errorf("reason %v, want %v", got, test.want)
			}
		})
	}
}

// Two ports share a partner port only if both hear that port of that System now.
func TestNoDuplicatePartnerPort(t *testing.T) {
	port101 := func(p *PDU) { p.Actor.Port.Number = 101 }
	for _, test := range []struct {
		name  string
		heard []func(*PDU) // on port 2
		after time.Duration
	}{
		{"another port of the partner", nil, 0},
		{"the same number at another partner", []func(*PDU){from(0x0c, 2), port101}, 0},
		{"the other port does not hear it any more", []func(*PDU){port101}, ShortTimeoutTime},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{AggregateWait: -1}, PortConfig{ShortTimeout: true}, PortConfig{})
			d.establish(1)
			d.hear(1)
			d.pass(test.after)
			d.up(2)
			d.hear(2, append(test.heard, notInSync)...)
			if got := d.port(2); got.Mux != MuxAttached || got.Reason.Code != ReasonPartnerNotInSync {
				t.Errorf("port 2: Mux state %v, reason %v; want ATTACHED, PartnerNotInSync", got.Mux, got.Reason)
			}
		})
	}
}

// Without a difference to report, a port that is off the aggregator has lost the election.
func TestOffAggregatorWithoutADifference(t *testing.T) {
	for _, test := range []struct {
		name   string
		second PortConfig
		id     AggregatorID
	}{
		{"our own link is Individual", PortConfig{Individual: true}, 1},
		{"an aggregator without ports", PortConfig{}, 2},
		{"an aggregator that does not exist", PortConfig{}, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{}, test.second)
			d.establish(1, 2)
			if got := d.OffAggregatorReason(2, test.id); got.String() != "LostElection" {
				t.Errorf("reason %v, want LostElection", got)
			}
		})
	}
}
