package plane

import (
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/lacp"
)

// Plan is what control has decided. It never changes once a plane has it.
type Plan struct {
	// Generation counts the plans of a bond, from 1. Two plans of one generation differ
	// in Settled alone.
	Generation uint64

	// Settled is the newest generation whose moved flows may go: what was sent on their
	// old members before has arrived, or is waited for no longer. See [Holder].
	Settled uint64

	Spread    Spread      // how frames are dealt out
	Hash      hash.Hasher // of SpreadFlows
	Resilient bool        // of SpreadFlows: only the flows of lost members move
	Packets   int         // of SpreadInTurn: frames on a member before it is the next one's turn

	// Hold says that flows which move between two working members may be held back
	// until they are settled, so that no frame overtakes another.
	Hold bool

	// SLB is for a switch that does not know that its links are a group: frames to groups
	// are taken from one member, Groups, and those of stations that the bond has sent
	// frames of are dropped, since they only come back. A plane that cannot do this
	// refuses the plan.
	SLB    bool
	Groups uint16

	Members []Member // by id; one whose Port is nil does not exist
	MTU     int      // the longest payload of an untagged frame, in octets
	MAC     lacp.MAC // of the bond
}

// Member is a member's part in a plan.
type Member struct {
	Port         link.Port
	Collecting   bool // frames it receives are delivered
	Distributing bool // it is given frames
	Leaving      bool // it still collects but is on its way out: no bucket is its own

	// Delivers says that what was sent on it before still arrives, even if it is given
	// nothing any more. A lost link delivers nothing.
	Delivers bool
}

// Spread is how frames are dealt out to the members that distribute.
type Spread uint8

// The values of Spread.
const (
	SpreadFlows  Spread = iota // by the hash: a flow stays on one member
	SpreadInTurn               // on one after the other
	SpreadCopies               // a copy on each
)

var spreadNames = [...]string{"flows", "in turn", "copies"}

// String returns "flows", "in turn" or "copies".
func (s Spread) String() string {
	if int(s) >= len(spreadNames) {
		return "Spread(" + strconv.Itoa(int(s)) + ")"
	}
	return spreadNames[s]
}

// Order returns the ids of the members that distribute.
func (p *Plan) Order() (ids []uint16) {
	for id := range p.Members {
		if m := &p.Members[id]; m.Port != nil && m.Distributing {
			ids = append(ids, uint16(id))
		}
	}
	return ids
}

// Present returns the ids of the members that have a share in a resilient table, whether
// they distribute or not.
func (p *Plan) Present() (ids []uint16) {
	for id := range p.Members {
		if m := &p.Members[id]; m.Port != nil && !m.Leaving {
			ids = append(ids, uint16(id))
		}
	}
	return ids
}

// Table returns the table that picks a member's id for a hash.
func (p *Plan) Table() *spread.Table {
	if p.Resilient {
		return spread.NewResilientTable(p.Present(), func(id uint16) bool { return p.Members[id].Distributing })
	}
	return spread.NewTable(p.Order())
}

// SameChoice reports whether two plans choose the same member for every frame.
func (p *Plan) SameChoice(q *Plan) bool {
	if p.Spread != q.Spread || p.Hash != q.Hash || p.Resilient != q.Resilient {
		return false
	}
	order := p.Order()
	return slices.Equal(order, q.Order()) && (!p.Resilient || slices.Equal(p.Present(), q.Present())) &&
		!slices.ContainsFunc(order, func(id uint16) bool { return p.Members[id].Port != q.Members[id].Port })
}
