package lacp

import (
	"slices"
	"testing"
	"time"
)

// One link of 10 Gb/s to one partner, two of 1 Gb/s to another.
func TestCandidates(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Priority: 9}, PortConfig{}, PortConfig{})
	d.link(1, Link{Up: true, SpeedMbps: 10000, Duplex: DuplexFull})
	d.link(2, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
	d.link(3, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
	d.keepUp(4*time.Second, []PortNumber{2, 3}, from(0x0c, 2))
	d.keepUp(4*time.Second, []PortNumber{1})
	order := func(p Policy, current AggregatorID) []AggregatorID {
		var ids []AggregatorID
		for _, c := range d.Candidates(p, current) {
			ids = append(ids, c.Aggregator)
		}
		return ids
	}
	for _, test := range []struct {
		policy  Policy
		current AggregatorID
		want    []AggregatorID
	}{
		{PolicyStable, 1, []AggregatorID{1, 2}},
		{PolicyStable, 2, []AggregatorID{2, 1}},
		{PolicyStable, 0, []AggregatorID{2, 1}},
		{PolicyBandwidth, 2, []AggregatorID{1, 2}},
		{PolicyCount, 1, []AggregatorID{2, 1}},
		{PolicyPortPriority, 2, []AggregatorID{1, 2}},
	} {
		t.Run("E15 "+test.policy.String(), func(t *testing.T) {
			if got := order(test.policy, test.current); !slices.Equal(got, test.want) {
				t.Errorf("now %d: %v, want %v", test.current, got, test.want)
			}
		})
	}
	want := Candidate{Aggregator: 1, Partner: partnerSystem, Key: d.port(1).Actor.Key, PartnerKey: 2,
		Distributing: 1, Collecting: 1, Mbps: 10000, Best: PortID{9, 1}}
	if got := d.Candidates(PolicyBandwidth, 0)[0]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	d.down(1)
	if got := order(PolicyBandwidth, 1); !slices.Equal(got, []AggregatorID{2}) {
		t.Errorf("without a link: %v", got)
	}
	t.Run("names", func(t *testing.T) {
		for p := PolicyStable; p <= PolicyPortPriority; p++ {
			if got, err := ParsePolicy(p.String()); err != nil || got != p {
				t.Errorf("%v: %v, %v", p, got, err)
			}
		}
		if got, err := ParsePolicy("actor_port_prio"); err != nil || got != PolicyPortPriority {
			t.Errorf("%v, %v", got, err)
		}
		if _, err := ParsePolicy("best"); err == nil {
			t.Error("no error")
		}
	})
}

func TestApart(t *testing.T) {
	tests := []struct {
		port   PortConfig
		link   Link
		heard  func(*PDU)
		reason string
	}{
		{PortConfig{}, Link{Up: true}, from(0x0c, 2), "DifferentPartner (have 8000,02:00:00:00:00:0c, want 8000,02:00:00:00:00:0b)"},
		{PortConfig{}, Link{Up: true}, from(0x0b, 3), "DifferentPartnerKey (have key 0003, want key 0002)"},
		{PortConfig{}, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull}, func(*PDU) {}, "SpeedMismatch (have key 3801, want key 0001)"},
		{PortConfig{}, Link{Up: true}, individualPartner, "PartnerIndividual"},
		{PortConfig{}, Link{Up: true}, func(p *PDU) { p.Actor.System = ourSystem }, "LoopbackSystem"},
	}
	for _, test := range tests {
		d := newDUT(t, Config{}, PortConfig{}, test.port)
		d.establish(1)
		d.link(2, test.link)
		d.keepUp(3*time.Second, []PortNumber{2}, test.heard)
		if got := d.Apart(2, 1); got.String() != test.reason {
			t.Errorf("%v, want %s", got, test.reason)
		}
	}
	d := newDUT(t, Config{}, PortConfig{})
	if got := d.Apart(9, 1).Code; got != ReasonLostElection {
		t.Errorf("%v", got)
	}
}
