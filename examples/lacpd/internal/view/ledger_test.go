package view

import (
	"testing"
	"time"
)

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// status returns the status of a bond with members that were added at these times, in seconds,
// and have sent that many frames.
func status(bondSent uint64, members ...[2]int) *Status {
	names := []string{"eth1", "eth2"}
	b := Bond{Name: "bond0", Running: true, Counters: BondCounters{TxNoMember: bondSent}}
	for i, m := range members {
		if m[0] >= 0 {
			b.Members = append(b.Members, Member{Name: names[i], Added: start.Add(time.Duration(m[0]) * time.Second), Counters: Counters{TxFrames: uint64(m[1])}})
		}
	}
	return &Status{Bonds: []Bond{b}}
}

func TestCountersGoOnWhenAMemberReturns(t *testing.T) {
	var l Ledger
	gone := [2]int{-1, 0}
	for i, step := range []struct {
		status  *Status
		sent    uint64 // by eth1 since the start
		dropped uint64 // by the bond since the start
		removed int
	}{
		{status(5, [2]int{0, 10}, [2]int{0, 1}), 10, 5, 0},
		{status(7, [2]int{0, 30}, [2]int{0, 1}), 30, 7, 0},
		{status(7, [2]int{9, 4}, [2]int{0, 1}), 34, 7, 0},    // it left and returned between two looks
		{status(7, [2]int{12, 99}, [2]int{0, 1}), 133, 7, 0}, // again, and has counted more than before
		{status(7, gone, [2]int{0, 1}), 0, 7, 1},
		{status(1, [2]int{20, 2}, [2]int{0, 1}), 135, 8, 0}, // the whole bond was opened again
		{status(1, [2]int{20, 2}, gone), 135, 8, 1},
	} {
		now := start.Add(time.Duration(i) * time.Minute)
		l.Apply(step.status, now)
		b := &step.status.Bonds[0]
		if b.Counters.TxNoMember != step.dropped {
			t.Errorf("step %d: the bond dropped %d, want %d", i, b.Counters.TxNoMember, step.dropped)
		}
		if m := b.Members[0]; m.Name == "eth1" && m.Counters.TxFrames != step.sent {
			t.Errorf("step %d: eth1 sent %d, want %d", i, m.Counters.TxFrames, step.sent)
		}
		if len(b.Removed) != step.removed {
			t.Fatalf("step %d: removed %+v, want %d", i, b.Removed, step.removed)
		}
		for _, r := range b.Removed {
			if r.Name == "eth1" && (r.Counters.TxFrames != 133 || !r.Since.Equal(now)) {
				t.Errorf("step %d: removed %+v, want 133 frames sent by then", i, r)
			}
		}
	}
}

func TestLedgerForgetsOldMembersAndBonds(t *testing.T) {
	var l Ledger
	for i := range 3 * mostRemoved {
		s := status(0, [2]int{0, 1})
		s.Bonds[0].Members[0].Name = string(rune('A' + i))
		l.Apply(s, start.Add(time.Duration(i)*time.Second))
	}
	if n := len(l.bonds["bond0"].members); n != mostRemoved+1 {
		t.Errorf("the ledger has %d members, want the present one and %d removed ones", n, mostRemoved)
	}
	l.Apply(&Status{}, start)
	if len(l.bonds) != 0 {
		t.Errorf("the ledger has %d bonds, want none after a status without any", len(l.bonds))
	}
}

// A bond that can't be opened for a while keeps its counters and its members.
func TestLedgerOutlivesAFault(t *testing.T) {
	var l Ledger
	l.Apply(status(3, [2]int{0, 5}), start)
	l.Apply(&Status{Bonds: []Bond{{Name: "bond0"}}}, start)
	s := status(1, [2]int{9, 2})
	l.Apply(s, start)
	if b := &s.Bonds[0]; b.Counters.TxNoMember != 4 || b.Members[0].Counters.TxFrames != 7 || len(b.Removed) != 0 {
		t.Errorf("bond0 dropped %d, eth1 sent %d, removed %v; want 4, 7 and none", b.Counters.TxNoMember, b.Members[0].Counters.TxFrames, b.Removed)
	}
}
