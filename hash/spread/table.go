package spread

import "slices"

// A Table maps a hash to a member of the aggregation group. It never changes:
// when members come or go, build a new Table and swap the pointer. A nil Table is
// an empty one.
type Table struct {
	members []uint16 // that can be picked; of a resilient table all, some of which are down
	divisor fastmod
	down    []bool // by place in members; nil if none is
}

// NewTable returns the table of these members, by ids of the caller's choice, by
// modulo over the members in order. Linux orders the members that can transmit as
// they were added to the bond and closes the gaps; the same order here gives the
// same choice. The slice is copied. No members is allowed: nothing can be picked
// then.
func NewTable(members []uint16) *Table {
	return &Table{
		members: slices.Clone(members),
		divisor: newFastmod(uint32(len(members))),
	}
}

// NewResilientTable returns a table in which the loss of a member moves only the
// flows of that member. With all members usable it is the table of [NewTable];
// otherwise a flow whose member is not usable takes the first usable one of a
// sequence of its own, and goes back when its member does. The slices are copied.
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

// Pick returns the id of the member that carries frames with this hash. ok is
// false when the table has no members.
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

// standIn returns the place of the first member that is up of the flow's
// sequence: numbers of a generator (a Weyl sequence, finished as in SplitMix64)
// that starts from the hash. At least one member is up, so it ends; a sequence
// that has not met one after so many steps takes the next one in order.
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

// Len returns how many members can be picked.
func (t *Table) Len() int { return len(t.Members()) }

// Members returns the ids of the members that can be picked, in table order.
func (t *Table) Members() []uint16 {
	if t == nil {
		return nil
	}
	var up []uint16
	for i, id := range t.members {
		if t.down == nil || !t.down[i] {
			up = append(up, id)
		}
	}
	return up
}
