package lacp

import (
	"slices"
	"testing"
	"time"
)

func TestLastRxBeforeAny(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	d.pass(time.Second)
	if got := d.port(1).LastRx; !got.IsZero() {
		t.Errorf("LastRx = %v, want zero", got)
	}
}

// A caller may stop in the middle of an iteration.
func TestIteratorsStop(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Key: 1}, PortConfig{Key: 2})
	d.establish(1, 2)
	n := 0
	for range d.Ports() {
		n++
		break
	}
	for range d.Aggregators() {
		n++
		break
	}
	if n != 2 {
		t.Errorf("%d elements, want one of each", n)
	}
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

func TestPeer(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1)
	for n, want := range map[PortNumber]Peer{
		1: {Info: d.healthy(1).Actor, Current: true, Aggregator: 1},
		2: {Info: d.port(2).Partner},
	} {
		if got, ok := d.Peer(n); !ok || got != want {
			t.Errorf("Peer(%d) = %+v, %v, want %+v, true", n, got, ok, want)
		}
	}
	if got, ok := d.Peer(9); ok || got != (Peer{}) {
		t.Errorf("Peer of a port that does not exist: %+v, %v, want zero, false", got, ok)
	}
}
