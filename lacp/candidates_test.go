package lacp

import (
	"slices"
	"testing"
	"time"
)

// One link of 10 Gb/s goes to one partner, and two of 1 Gb/s go to another.
func TestCandidates(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Priority: 9}, PortConfig{}, PortConfig{})
	d.link(1, Link{Up: true, SpeedMbps: 10000, Duplex: DuplexFull})
	d.link(2, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
	d.link(3, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
	d.keepUp(4*time.Second, []PortNumber{2, 3}, from(0x0c, 2))
	d.keepUp(4*time.Second, []PortNumber{1})
	order := func(p AggregatorPolicy, current AggregatorID) []AggregatorID {
		var ids []AggregatorID
		for _, c := range d.Candidates(p, current) {
			ids = append(ids, c.Aggregator)
		}
		return ids
	}
	for _, test := range []struct {
		policy  AggregatorPolicy
		current AggregatorID
		want    []AggregatorID
	}{
		{PolicyStable, 1, []AggregatorID{1, 2}},
		{PolicyStable, 2, []AggregatorID{2, 1}},
		{PolicyStable, 0, []AggregatorID{1, 2}},
		{PolicyBandwidth, 2, []AggregatorID{1, 2}},
		{PolicyCount, 1, []AggregatorID{2, 1}},
		{PolicyPortPriority, 2, []AggregatorID{1, 2}},
	} {
		t.Run("E15 "+test.policy.String(), func(t *testing.T) {
			if got := order(test.policy, test.current); !slices.Equal(got, test.want) {
				t.Errorf("current %d: order %v, want %v", test.current, got, test.want)
			}
		})
	}
	want := Candidate{Aggregator: 1, Partner: partnerSystem, Key: d.port(1).Actor.Key, PartnerKey: 2,
		Distributing: 1, Collecting: 1, Mbps: 10000, Best: PortID{9, 1}}
	if got := d.Candidates(PolicyBandwidth, 0)[0]; got != want {
		t.Errorf("candidate %+v, want %+v", got, want)
	}
	d.down(1)
	if got := order(PolicyBandwidth, 1); !slices.Equal(got, []AggregatorID{2}) {
		t.Errorf("without a link: candidates %v, want 2", got)
	}
	t.Run("names", func(t *testing.T) {
		for p := PolicyStable; p <= PolicyPortPriority; p++ {
			if got, err := ParseAggregatorPolicy(p.String()); err != nil || got != p {
				t.Errorf("ParseAggregatorPolicy of %v: %v, %v", p, got, err)
			}
		}
		if got, err := ParseAggregatorPolicy("actor_port_prio"); err != nil || got != PolicyPortPriority {
			t.Errorf("ParseAggregatorPolicy = %v, %v; want PolicyPortPriority, nil", got, err)
		}
		if _, err := ParseAggregatorPolicy("best"); err == nil {
			t.Error("ParseAggregatorPolicy accepts an unknown name")
		}
	})
}

// Expected counts ports that still wait, but not ports that have no partner or are on
// standby.
func TestExpectedBOX25(t *testing.T) {
	tenGigabit, gigabit := Link{Up: true, SpeedMbps: 10000, Duplex: DuplexFull}, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull}
	d := newDUT(t, Config{RequirePartner: true}, PortConfig{}, PortConfig{Priority: 9}, PortConfig{})
	expect := func(when string, current, stable, count, priority AggregatorID) {
		t.Helper()
		for policy, want := range map[AggregatorPolicy]AggregatorID{PolicyStable: stable, PolicyBandwidth: stable, PolicyCount: count, PolicyPortPriority: priority} {
			if got := d.Expected(policy, current); got != want {
				t.Errorf("%s: policy %v, current %d: expected %d, want %d", when, policy, current, got, want)
			}
		}
	}
	expect("no link", 0, 0, 0, 0)
	d.link(2, gigabit)
	d.link(3, gigabit)
	d.keepUp(4*time.Second, []PortNumber{2, 3}, from(0x0c, 2))
	expect("one LAG", 0, 2, 2, 2)
	d.link(1, tenGigabit)
	expect("another link, without a partner", 2, 2, 2, 2)
	d.hear(1)
	if got := d.port(1).Mux; got != MuxWaiting {
		t.Fatalf("port 1: Mux state %v, want %v", got, MuxWaiting)
	}
	expect("it waits", 2, 1, 2, 2)
	if err := d.SetGate(d.now, 1, "test", GateSynchronization); err != nil {
		t.Fatal(err)
	}
	expect("it is held out", 2, 2, 2, 2)
	if err := d.SetGate(d.now, 1, "test", GateOpen); err != nil {
		t.Fatal(err)
	}
	d.link(1, Link{})
	d.link(1, tenGigabit)
	if got := d.port(1); got.Receive != ReceiveExpired || got.Selected != Selected {
		t.Fatalf("port 1: Receive machine %v, %v; want EXPIRED, SELECTED", got.Receive, got.Selected)
	}
	expect("its partner has not been heard again", 2, 2, 2, 2)
	d.hear(1, func(p *PDU) { p.Actor.System = ourSystem })
	expect("it leads back to us", 2, 2, 2, 2)

	equal := newDUT(t, Config{RequirePartner: true}, PortConfig{}, PortConfig{})
	equal.up(1, 2)
	equal.hear(1)
	equal.hear(2, from(0x0c, 2))
	for current, want := range map[AggregatorID]AggregatorID{0: 1, 1: 1, 2: 2} {
		if got := equal.Expected(PolicyStable, current); got != want {
			t.Errorf("two equal aggregators, current %d: expected %d, want %d", current, got, want)
		}
	}
}

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
