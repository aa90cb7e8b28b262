package spread

import "slices"

// A Table maps a hash to a member of the aggregation group. It never changes. When members
// come or go, build a new Table and swap the pointer. A nil Table is empty.
type Table struct {
	members []uint16 // the members to pick; a resilient table has those that are down too
	divisor fastmod
	down    []bool // by index in members; nil if no member is down
}

// NewTable returns a table that takes the hash modulo the number of members, in their order.
// The caller chooses the ids. Linux orders the members that can transmit as they were added to
// the bond and closes the gaps; the same order here gives the same choice. A member that the slice holds several times has
// a share as many times as large. NewTable copies the slice. Without members, the table picks
// nothing.
func NewTable(members []uint16) *Table {
	return &Table{
		members: slices.Clone(members),
		divisor: newFastmod(uint32(len(members))),
	}
}

// NewResilientTable returns a table that moves only the flows of a lost member. If all members
// are usable, it equals the table of [NewTable]. Otherwise a flow whose member is not usable
// takes the first usable member in a sequence of its own, and goes back when its own member is
// usable again. NewResilientTable copies the slice.
func NewResilientTable(members []uint16, usable func(id uint16) bool) *Table {
	t := NewTable(members)
	down := make([]bool, len(members))
	up := 0
	for i, id := range members {
		if usable(id) {
			up++
		} else {
			down[i] = true
		}
	}
	switch up {
	case len(members):
	case 0:
		return &Table{}
	default:
		t.down = down
	}
	return t
}

// Pick returns the id of the member that carries frames with this hash. ok is false if the
// table has no members.
func (t *Table) Pick(sum uint32) (member int, ok bool) {
	if t == nil || len(t.members) == 0 {
		return 0, false
	}
	i := t.divisor.mod(sum)
	if t.down != nil && t.down[i] {
		i = t.standIn(sum)
	}
	return int(t.members[i]), true
}

// standIn returns the index of the first member in the flow's sequence that is up. The sequence
// comes from a generator that starts with the hash (a Weyl sequence, finished as in SplitMix64).
// If the sequence has not reached such a member after 64 steps, standIn takes the next one in
// order. It ends because at least one member is up.
func (t *Table) standIn(sum uint32) uint32 {
	x := uint64(sum)
	for range 64 {
		x += 0x9e3779b97f4a7c15
		z := (x ^ x>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		if i := t.divisor.mod(uint32(z >> 32)); !t.down[i] {
			return i
		}
	}
	i := t.divisor.mod(sum)
	for t.down[i] {
		i = (i + 1) % uint32(len(t.down))
	}
	return i
}

// Len returns the number of members that can be picked.
func (t *Table) Len() int { return len(t.Members()) }

// Members returns the ids of the members that can be picked, in table order.
func (t *Table) Members() []uint16 {
	if t == nil {
		return nil
	}
	var up []uint16
	for i, id := range t.members {
		if (t.down == nil || !t.down[i]) && !slices.Contains(up, id) {
			up = append(up, id)
		}
	}
	return up
}
