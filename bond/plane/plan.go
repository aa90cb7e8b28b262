package plane

import (
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/lacp"
)

// Plan is a decision of control. It never changes once a plane has it.
type Plan struct {
	// Generation counts the plans of a bond, from 1. Two plans with the same generation differ
	// only in Settled.
	Generation uint64

	// Settled is a generation. The plane may send the held frames of flows that plans up to it
	// have moved: the earlier frames have arrived, or the wait is over. See [Holder].
	Settled uint64

	Spread    Spread      // how frames are distributed
	Hash      hash.Hasher // of SpreadFlows
	Resilient bool        // for SpreadFlows: only the flows of lost members move
	Packets   int         // for SpreadInTurn: frames on a member before the next one's turn

	// Buckets are the members of the buckets of SpreadFlows, if members have weights or control
	// balances their load: the hash modulo the number of buckets picks one. Every member in it
	// distributes. Nil: the hash picks one of the members, in the order of their ids.
	Buckets []uint16

	// CountBuckets asks the plane to count the octets that it sends of each bucket. Control
	// sets it only for a [BucketCounter].
	CountBuckets bool

	// Hold permits the plane to hold the frames of flows that move between two working members
	// until the flows are settled, so that no frame overtakes another.
	Hold bool

	// SLB is for a switch that does not know that its links form a group. The plane takes
	// frames to groups from one member, Groups. It drops received frames from stations that
	// the bond has sent frames of, because these frames were only reflected. A plane that
	// cannot do this refuses the plan.
	SLB    bool
	Groups uint16

	Members []Member // by id; a member whose Port is nil does not exist
	MTU     int      // the longest payload of an untagged frame, in octets
	MAC     lacp.MAC // of the bond
}

// Member is a member's part in a plan.
type Member struct {
	Port         link.Port
	Collecting   bool // frames it receives are delivered
	Distributing bool // frames are sent on it
	Leaving      bool // it still collects but is leaving: it has no share in a table

	// Delivers says that frames already sent on the member still arrive, even if no more are
	// sent on it. A lost link delivers nothing.
	Delivers bool
}

// Spread is how frames are distributed to the members that distribute.
type Spread uint8

// The values of Spread.
const (
	SpreadFlows    Spread = iota // by the hash: a flow stays on one member
	SpreadInTurn                 // on one member after another
	SpreadCopies                 // a copy on each member
	SpreadAtRandom               // each on any member
)

var spreadNames = [...]string{"flows", "in turn", "copies", "at random"}

// String returns "flows", "in turn", "copies" or "at random".
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

// Bucket returns the bucket that a hash picks. The plan must have Buckets.
func (p *Plan) Bucket(sum uint32) int { return int(sum % uint32(len(p.Buckets))) }

// Table returns the table that picks a member's id for a hash.
func (p *Plan) Table() *spread.Table {
	if p.Buckets != nil {
		return spread.NewTable(p.Buckets)
	}
	if p.Resilient {
		return spread.NewResilientTable(p.Present(), func(id uint16) bool { return p.Members[id].Distributing })
	}
	return spread.NewTable(p.Order())
}

// ethernetHeader is the length of an Ethernet header without tags.
const ethernetHeader = 14

// Targets returns the interface indexes that a plane in the kernel sends a frame of the bond itself on.
// index returns that of a member; false if the plane does not have it. A nil plan has no members. The
// error is [ErrNotEthernet] or [ErrNoMember].
func (p *Plan) Targets(frame []byte, index func(link.Port) (uint32, bool)) (targets []uint32, err error) {
	if len(frame) < ethernetHeader {
		return nil, ErrNotEthernet
	}
	if p != nil {
		for _, id := range p.senders(frame) {
			if i, ok := index(p.Members[id].Port); ok {
				targets = append(targets, i)
			}
		}
	}
	if len(targets) == 0 {
		return nil, ErrNoMember
	}
	return targets, nil
}

// senders returns the members that a frame of the bond itself is sent on: with copies all of them, with
// flows the one that the hash picks, otherwise the first.
func (p *Plan) senders(frame []byte) []uint16 {
	ids := p.Order()
	switch {
	case p.Spread == SpreadCopies:
		return ids
	case p.Spread != SpreadFlows:
		return ids[:min(1, len(ids))]
	}
	if id, ok := p.Table().Pick(p.Hash.Sum32(frame)); ok {
		return []uint16{uint16(id)}
	}
	return nil
}

// SameChoice reports whether two plans choose the same member for every frame.
func (p *Plan) SameChoice(q *Plan) bool {
	if p.Spread != q.Spread || p.Hash != q.Hash || p.Resilient != q.Resilient || !slices.Equal(p.Buckets, q.Buckets) {
		return false
	}
	order := p.Order()
	return slices.Equal(order, q.Order()) && (!p.Resilient || slices.Equal(p.Present(), q.Present())) &&
		!slices.ContainsFunc(order, func(id uint16) bool { return p.Members[id].Port != q.Members[id].Port })
}
