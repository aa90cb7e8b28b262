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
