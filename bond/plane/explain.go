package plane

import "github.com/lagkit/lagkit/hash"

// Choice is how a plane that follows a plan sends a frame.
type Choice struct {
	// Members are the ids of those that send it: with flows one member, with copies all of them,
	// otherwise one of these.
	Members []uint16

	// Order are the ids of the members that the hash chooses from, in its order.
	Order []uint16

	// Trace is how the frame got its hash, and its bucket, if the plan has any; nil if the frame is
	// not hashed.
	Trace *hash.Trace
}

// Explain returns how a plane that follows the plan sends a frame.
func (p *Plan) Explain(frame []byte) Choice {
	c := Choice{Members: p.Order()}
	if p.Spread != SpreadFlows || len(c.Members) == 0 {
		return c
	}
	table := p.Table()
	c.Order = table.Members()
	if len(c.Members) == 1 {
		return c
	}
	c.Trace = p.Hash.Explain(frame)
	if p.Buckets != nil {
		c.Trace.Bucket = p.Bucket(c.Trace.Hash)
	}
	id, ok := table.Pick(c.Trace.Hash)
	c.Trace.Member, c.Trace.Picked = uint16(id), ok
	c.Members = []uint16{uint16(id)}
	return c
}
