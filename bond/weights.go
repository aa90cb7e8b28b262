package bond

import (
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash/spread"
)

// balanceRate is the load of the whole bond below which no flow moves because of it, in octets
// per second: 1 Mb/s.
const balanceRate = 125_000

// weigh gives a plan that spreads flows a table of buckets, if members have weights or their
// load is balanced. Members that come, go or change their weight move as few buckets as the new
// shares need.
func (b *Bond) weigh(p *plane.Plan) {
	if p.Spread != plane.SpreadFlows || b.cfg.Mode == ModeFailover || len(b.cfg.Weights) == 0 && !b.cfg.WeightBySpeed && b.cfg.Balance == 0 {
		b.shares = nil
		return
	}
	if b.shares == nil || b.shares.Snapshot().Hasher() != b.hasher { // the load of a bucket is that of other flows
		b.shares, _ = spread.NewDistributor(b.hasher, spread.DistributorConfig{Balance: spread.Balance{MinRate: balanceRate}}) // allowed
	}
	var members []spread.Member
	for _, id := range p.Present() {
		members = append(members, spread.Member{ID: id, Weight: b.weight(b.members[id]), Up: p.Members[id].Distributing})
	}
	_, _ = b.shares.Update(members) // fails only if there are more members than buckets
	p.CountBuckets = b.cfg.Balance > 0
	s := b.shares.Snapshot()
	p.Buckets = make([]uint16, s.Buckets())
	for i := range p.Buckets {
		id, _ := s.BucketMember(i)
		p.Buckets[i] = uint16(id)
	}
}

// weight returns a member's weight. An unknown speed counts as that of the slowest member.
func (b *Bond) weight(m *member) uint32 {
	if w, ok := b.cfg.Weights[m.link.Name()]; ok || !b.cfg.WeightBySpeed {
		return max(uint32(w), 1)
	}
	if mbps := m.seen.SpeedMbps; mbps > 0 {
		return mbps
	}
	slowest := uint32(0)
	for _, o := range b.members {
		if mbps := o.seen.SpeedMbps; mbps > 0 && o.phase == phaseActive && (slowest == 0 || mbps < slowest) {
			slowest = mbps
		}
	}
	return max(slowest, 1)
}
