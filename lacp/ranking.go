package lacp

import "cmp"

// standing is the rank of a port; ports with a lower standing come first.
type standing uint8

const (
	incumbent standing = iota // attached, and kept by a nonrevertive System or by the partner
	restored                  // up
	restoring                 // up again, but wait-to-restore runs
	absent                    // its link is down or its partner is silent
	barred                    // held out by a gate, a drain or dampening
)

// ranked is a row of the ranking of an aggregator's ports.
type ranked struct {
	standing standing
	id       PortID
	port     *port // nil: a foreign one
}

func (r *ranked) compare(q *ranked) int {
	return cmp.Or(cmp.Compare(r.standing, q.standing), r.id.Compare(q.id))
}
