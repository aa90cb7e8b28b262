package hash

import "slices"

// A Table maps a hash to a member of the aggregation group by modulo over the
// members in order, as Linux does. It never changes: when members come or go,
// build a new Table and swap the pointer. A nil Table is an empty one.
type Table struct {
	members []uint16
	divisor fastmod
}

// NewTable returns the table of these members, by ids of the caller's choice.
// Linux orders the members that can transmit as they were added to the bond and
// closes the gaps; the same order here gives the same choice. The slice is
// copied. No members is allowed: nothing can be picked then.
func NewTable(members []uint16) *Table {
	return &Table{
		members: slices.Clone(members),
		divisor: newFastmod(uint32(len(members))),
	}
}

// Pick returns the id of the member that carries frames with this hash. ok is
// false when the table has no members.
func (t *Table) Pick(sum uint32) (member int, ok bool) {
	if t == nil || len(t.members) == 0 {
		return 0, false
	}
	return int(t.members[t.divisor.mod(sum)]), true
}

// Len returns how many members the table has.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return len(t.members)
}

// Members returns a copy of the member ids in table order.
func (t *Table) Members() []uint16 {
	if t == nil {
		return nil
	}
	return slices.Clone(t.members)
}
