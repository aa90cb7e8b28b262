package fuzz

import (
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// spreadModel is a Distributor with the state to check it against.
type spreadModel struct {
	t       *testing.T
	d       *spread.Distributor
	members []spread.Member
}

func (m *spreadModel) table() []int {
	s := m.d.Snapshot()
	table := make([]int, s.Buckets())
	for b := range table {
		table[b], _ = s.BucketMember(b)
	}
	return table
}

// step runs one operation and checks the table against the previous one.
func (m *spreadModel) step(op, arg byte) {
	before := m.table()
	up := upOf(m.members)
	var moved []spread.Move
	switch op % 5 {
	case 0, 1: // a member goes down or comes up
		if len(m.members) == 0 {
			return
		}
		i := int(arg) % len(m.members)
		m.members[i].Up = !m.members[i].Up
		moved = m.update()
		if lost := m.members[i]; !lost.Up && len(before) > 0 {
			for b, now := range m.table() {
				if now != before[b] && before[b] != int(lost.ID) {
					m.t.Fatalf("losing %d moved bucket %d from %d to %d, want it to stay", lost.ID, b, before[b], now)
				}
			}
		}
	case 2: // a member is added
		if len(m.members) == 20 || slices.ContainsFunc(m.members, func(o spread.Member) bool { return o.ID == uint16(arg) }) {
			return
		}
		m.members = append(m.members, spread.Member{ID: uint16(arg), Weight: uint32(arg) * 100, Up: arg&1 == 0})
		moved = m.update()
	case 3: // a member is removed
		if len(m.members) == 0 {
			return
		}
		i := int(arg) % len(m.members)
		m.members = slices.Delete(m.members, i, i+1)
		moved = m.update()
	case 4: // load
		octets := make([]uint64, 64)
		for b := range octets {
			octets[b] = uint64(arg) * uint64(b*b%97)
		}
		moved = m.d.Balance(octets, time.Second).Moved
	}
	m.check(before, up, moved)
}

func upOf(members []spread.Member) (up []int) {
	for _, m := range members {
		if m.Up {
			up = append(up, int(m.ID))
		}
	}
	return up
}

func (m *spreadModel) update() []spread.Move {
	c, err := m.d.Update(m.members)
	if err != nil {
		m.t.Fatalf("%+v: %v", m.members, err)
	}
	return c.Moved
}

// check checks that all buckets are with members that are up, and that the change list
// describes the changes.
func (m *spreadModel) check(before, wasUp []int, moved []spread.Move) {
	after, up := m.table(), upOf(m.members)
	if (len(after) == 0) != (len(up) == 0) {
		m.t.Fatalf("%d members up, but got %d buckets", len(up), len(after))
	}
	for b, id := range after {
		if !slices.Contains(up, id) {
			m.t.Fatalf("bucket %d is with member %d, want one of %v", b, id, up)
		}
	}
	if len(before) == 0 || len(after) == 0 {
		return // without members no bucket moves
	}
	listed := map[uint16]spread.Move{}
	for _, mv := range moved {
		listed[mv.Bucket] = mv
	}
	for b := range after {
		mv, ok := listed[uint16(b)]
		if ok != (after[b] != before[b]) || ok && (int(mv.From) != before[b] || int(mv.To) != after[b]) {
			m.t.Fatalf("bucket %d moved from %d to %d, listed = %v %+v (up before: %v)", b, before[b], after[b], ok, mv, wasUp)
		}
	}
}

// FuzzDistributor adds and removes members and shifts loads, in any order. Buckets are always
// with members that are up, a loss moves only the buckets of the lost member, and the change
// lists are right. In the end, with all members up, every bucket is at home.
func FuzzDistributor(f *testing.F) {
	f.Add([]byte{2, 0, 2, 2, 2, 4, 0, 0, 0, 1, 0, 0, 4, 9, 3, 1})
	f.Add([]byte{2, 0, 2, 2, 0, 0, 0, 0, 5, 1, 5, 9, 4, 200, 5, 3, 0, 1, 2, 6})
	f.Fuzz(func(t *testing.T, script []byte) {
		d, err := spread.NewDistributor(hash.Hasher{}, spread.DistributorConfig{Buckets: 64})
		if err != nil {
			t.Fatal(err)
		}
		m := &spreadModel{t: t, d: d}
		for len(script) >= 2 && len(script) < 400 {
			m.step(script[0], script[1])
			script = script[2:]
		}
		for i := range m.members {
			m.members[i].Up = true
		}
		m.update()
		if len(m.members) > 0 && d.Away() != 0 {
			t.Fatalf("got %d buckets away from home in the end, want 0", d.Away())
		}
	})
}
