package lacp

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// Each frame counts once, in the counter of its class: MGT-01 to MGT-08.
func TestCounters(t *testing.T) {
	marker := func(kind byte) []byte {
		f := pduFrame(PDU{})
		f[14], f[16], f[17] = subtypeMarker, kind, 16
		return f
	}
	with := func(f []byte, offset int, v ...byte) []byte { copy(f[offset:], v); return f }
	lacpdu := func() []byte {
		return pduFrame(PDU{Version: 1, Actor: Info{System: partnerSystem, Port: PortID{1, 1}}})
	}
	tests := []struct {
		name  string
		frame []byte
		kind  SlowKind
		err   error
		count func(*Counters) *uint64 // nil: none
	}{
		{"MGT-01 LACPDU", lacpdu(), SlowLACPDU, nil, func(c *Counters) *uint64 { return &c.LACPDUsRx }},
		{"MGT-02 Marker", marker(1), SlowMarker, nil, func(c *Counters) *uint64 { return &c.MarkerPDUsRx }},
		{"MGT-03 Marker Response", marker(2), SlowMarkerResponse, nil, func(c *Counters) *uint64 { return &c.MarkerResponsePDUsRx }},
		{"MGT-04 OAM", with(lacpdu(), 14, 3), SlowOAM, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 OSSP", with(lacpdu(), 14, 10), SlowOSSP, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 subtype 9", with(lacpdu(), 14, 9), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 VAL-10 another EtherType", with(lacpdu(), 12, 8, 0), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-04 VAL-11 another destination", with(lacpdu(), 0, 2), SlowUnknown, nil, func(c *Counters) *uint64 { return &c.UnknownRx }},
		{"MGT-05 subtype 0", with(lacpdu(), 14, 0), SlowIllegal, ErrSubtype, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 subtype 11", with(lacpdu(), 14, 11), SlowIllegal, ErrSubtype, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 truncated", lacpdu()[:123], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 nothing behind the type", lacpdu()[:14], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 actor length", with(lacpdu(), 17, 19), SlowIllegal, ErrLength, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker type 3", marker(3), SlowIllegal, ErrMarkerType, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker length", with(marker(1), 17, 15), SlowIllegal, ErrLength, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"MGT-05 Marker truncated", marker(1)[:60], SlowIllegal, ErrShort, func(c *Counters) *uint64 { return &c.IllegalRx }},
		{"a data frame", with(with(lacpdu(), 0, 2), 12, 8, 0), NotSlow, nil, nil},
		{"a BPDU, to the nearest customer bridge", with(with(lacpdu(), 5, 0), 12, 0, 38), NotSlow, nil, nil},
		{"no frame", nil, NotSlow, nil, nil},
		{"half a header", lacpdu()[:13], NotSlow, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{}) // down, so that nothing else is counted
			want := d.port(1).Counters
			if test.count != nil {
				*test.count(&want)++
			}
			kind, err := d.Receive(d.now, 1, test.frame)
			if kind != test.kind || err != test.err {
				t.Errorf("Receive returned %v, %v; want %v, %v", kind, err, test.kind, test.err)
			}
			if got := d.port(1).Counters; got != want {
				t.Errorf("counters %+v, want %+v", got, want)
			}
		})
	}
	t.Run("MGT-06 and MGT-11 LACPDUsTx and the debug counters", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, func(p *PDU) { p.Actor.State &^= StateSynchronization })
		d.pass(2 * time.Second)
		d.hear(1)
		want := Counters{LACPDUsRx: 2, LACPDUsTx: uint64(len(d.sent[1])), ActorSyncTransitions: 1, PartnerSyncTransitions: 1,
			ActorChanges: 2, PartnerChanges: 1, Expired: 1}
		if got := d.port(1).Counters; got != want {
			t.Errorf("counters %+v, want %+v", got, want)
		}
	})
	t.Run("MGT-14 LastRx", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.pass(5 * time.Second)
		d.hear(1)
		if got := d.port(1).LastRx; !got.Equal(d.now) {
			t.Errorf("%v, want %v", got, d.now)
		}
	})
}

// A port's own LACPDUs affect no machine and get no answer, and the receive timer
// continues to run.
func TestOwnLACPDU(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.hear(1)
	before := d.port(1)
	own := func(p *PDU) { p.Actor = p.Partner }
	for range 29 {
		d.pass(100 * time.Millisecond)
		d.hear(1, own)
	}
	st := d.port(1)
	if st.Receive != ReceiveCurrent || st.Partner != before.Partner || st.Mux != before.Mux || st.Counters.LoopedRx != 29 || len(d.sent[1]) > 0 {
		t.Errorf("Receive machine %v, Mux state %v, looped %d, sent %d", st.Receive, st.Mux, st.Counters.LoopedRx, len(d.sent[1]))
	}
	d.pass(100 * time.Millisecond)
	if got := d.port(1).Receive; got != ReceiveExpired {
		t.Errorf("%v 3 s after the partner's last LACPDU", got)
	}
	if r := d.port(1).Reason; r.Code != ReasonLoopbackSelf || d.now.Sub(r.Since) != 2900*time.Millisecond {
		t.Errorf("%v since %v, want LoopbackSelf for 2.9s", r, d.now.Sub(r.Since))
	}
}

func TestConfigErrors(t *testing.T) {
	system := func(change func(*Config)) error {
		c := Config{System: ourSystem}
		change(&c)
		_, err := NewSystem(c)
		return err
	}
	port := func(change func(*PortConfig)) error {
		d := newDUT(t, Config{}, PortConfig{})
		c := portDefaults(1, PortConfig{})
		change(&c)
		add := d.AddPort(d.now, c)
		if c.Number != 0 && c.Number != 1 {
			c.Number = 1
		}
		if c.Number == 1 {
			before := d.port(1)
			if set := d.SetPort(d.now, c); (set == nil) != (add == nil) {
				t.Errorf("AddPort returned %v, SetPort %v", add, set)
			}
			if add != nil && d.port(1) != before {
				t.Errorf("a rejected SetPort changed the port: %+v", d.port(1))
			}
		}
		return add
	}
	tests := []struct {
		field string // empty if valid
		err   error
	}{
		{"", system(func(*Config) {})},
		{"System.MAC", system(func(c *Config) { c.System.MAC = MAC{} })},
		{"System.MAC", system(func(c *Config) { c.System.MAC = SlowProtocolsMulticast })},
		{"Destination", system(func(c *Config) { c.Destination = MAC{2} })},
		{"", system(func(c *Config) { c.Destination = NearestNonTPMRBridge })},
		{"", port(func(*PortConfig) {})},
		{"Number", port(func(c *PortConfig) { c.Number = 0 })},
		{"Key", port(func(c *PortConfig) { c.Key = 0 })},
		{"Key", port(func(c *PortConfig) { c.Key = 1024 })},
		{"", port(func(c *PortConfig) { c.Key = 1023 })},
		{"", port(func(c *PortConfig) { c.Key, c.StaticKey = 65535, true })},
		{"MAC", port(func(c *PortConfig) { c.MAC = MAC{} })},
		{"MAC", port(func(c *PortConfig) { c.MAC = MAC{1} })},
	}
	for _, test := range tests {
		var bad *FieldError
		switch {
		case test.field == "" && test.err != nil:
			t.Errorf("a valid configuration is rejected: %v", test.err)
		case test.field != "" && (!errors.As(test.err, &bad) || bad.Field != test.field || bad.Value == "" || bad.Allowed == ""):
			t.Errorf("error %v, want a FieldError of %s with value and allowed values", test.err, test.field)
		}
	}
}

func TestUnknownAndDoublePorts(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	c := portDefaults(1, PortConfig{})
	_, receive := d.Receive(d.now, 2, nil)
	for what, err := range map[string]error{"SetPort": d.SetPort(d.now, c), "RemovePort": d.RemovePort(d.now, 2),
		"SetLink": d.SetLink(d.now, 2, Link{}), "Receive": receive} {
		if err != ErrNoPort {
			t.Errorf("%s: %v, want %v", what, err, ErrNoPort)
		}
	}
	d.TransmitFailed(d.now, 2) // there is no port 2, so this has no effect
	if err := d.AddPort(d.now, portDefaults(0, PortConfig{})); err != ErrPortExists {
		t.Errorf("AddPort: %v, want %v", err, ErrPortExists)
	}
	if _, ok := d.Port(2); ok {
		t.Error("port 2 exists")
	}
}

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

// Every reason, with a cause and its repair.
func TestReasons(t *testing.T) {
	notInSync := func(p *PDU) { p.Actor.State &^= StateSynchronization }
	tests := []struct {
		code     ReasonCode
		config   Config
		port     PortConfig
		breaks   func(*dut)
		severity Severity
		repair   func(*dut) // and then ReasonDistributing
	}{
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
			d.Receive(d.now, 1, pduFrame(d.healthy(1))[:100])
		}, SeverityError, func(d *dut) { d.hear(1) }},
		{ReasonMisaddressed, Config{}, PortConfig{}, func(d *dut) {
			d.down(1)
			d.up(1)
			frame := pduFrame(d.healthy(1))
			copy(frame, "\x02\x00\x00\x00\x00\x01")
			d.Receive(d.now, 1, frame)
		}, SeverityMisconfiguration, func(d *dut) { d.hear(1) }},
	}
	// These are tested elsewhere, or a System does not use them. The first line is for
	// package bond.
	seen := map[ReasonCode]bool{ReasonBringUpDelay: true, ReasonAdminDown: true, ReasonMTUMismatch: true, ReasonInterfaceChanged: true, ReasonInterfaceDown: true, ReasonLostElection: true,
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

// set changes the configuration of port 1.
func (d *dut) set(change func(*PortConfig)) {
	d.t.Helper()
	c := d.port(1).Config
	change(&c)
	if err := d.SetPort(d.now, c); err != nil {
		d.t.Fatal(err)
	}
	d.drain()
}

// Ports and aggregators are listed in the order of their numbers. The status of an
// aggregator shows what it carries: MGT-10.
func TestStatus(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Number: 300}, PortConfig{Number: 2}, PortConfig{Number: 70, Individual: true})
	for st := range d.Ports() {
		if st.SelectedAggregator != 0 || st.AttachedAggregator != 0 {
			t.Errorf("port %d is on aggregator %d", st.Config.Number, st.SelectedAggregator)
		}
	}
	d.establish(2, 300, 70)
	var numbers []PortNumber
	for st := range d.Ports() {
		numbers = append(numbers, st.Config.Number)
	}
	if want := []PortNumber{2, 70, 300}; !slices.Equal(numbers, want) {
		t.Errorf("ports %v, want %v", numbers, want)
	}
	var got []AggregatorStatus
	for a := range d.Aggregators() {
		got = append(got, a)
	}
	if len(got) != 2 {
		t.Fatalf("aggregators %+v, want 2", got)
	}
	lag, single := got[0], got[1]
	if lag.ID != 2 || !slices.Equal(lag.Ports, []PortNumber{2, 300}) || lag.Distributing != 2 || lag.Individual ||
		lag.Partner != partnerSystem || lag.PartnerKey != 2 || lag.Key != 1 {
		t.Errorf("aggregator %+v, want ID 2 with ports 2 and 300", lag)
	}
	if want := "[(8000,02:00:00:00:00:0a,0001,0000,0000),(8000,02:00:00:00:00:0b,0002,0000,0000)]"; lag.LAGID.String() != want {
		t.Errorf("LAG ID %v, want %s", lag.LAGID, want)
	}
	if single.ID != 70 || !single.Individual || !slices.Equal(single.Ports, []PortNumber{70}) || single.LAGID.Local.Port.Number != 70 {
		t.Errorf("aggregator %+v, want ID 70 with an Individual link", single)
	}
	if got, want := d.String(), "System 8000,02:00:00:00:00:0a with 3 ports"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
