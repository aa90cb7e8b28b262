package bond

import (
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/shares"
)

// weigh gives a plan that spreads flows a table of buckets, if members have weights or their
// load is balanced.
func (b *Bond) weigh(p *plane.Plan) {
	if p.Spread != plane.SpreadFlows || b.cfg.Mode == ModeFailover || len(b.cfg.Weights) == 0 && !b.cfg.WeightBySpeed && b.cfg.Balance == 0 {
		b.shares.Forget()
		return
	}
	weight := func(id uint16) uint32 { return b.weight(b.members[id]) }
	if heir := b.pause.heir; heir != nil && len(heir.Buckets) > 0 {
		// No frame is sent before the last plan of the start, which has the buckets of the process
		// before.
		if err := b.shares.Adopt(p, weight, heir.Buckets); err != nil {
			b.log.Warn("flows begin on other members than in the process before", "error", err)
		}
	}
	b.shares.Place(p, weight)
	p.CountBuckets = b.cfg.Balance > 0
}

// weight returns a member's weight.
func (b *Bond) weight(m *member) uint32 {
	if w, ok := b.cfg.Weights[m.link.Name()]; ok || !b.cfg.WeightBySpeed {
		return max(uint32(w), 1)
	}
	var speeds []uint32
	for o := range b.members.active {
		speeds = append(speeds, o.seen.SpeedMbps)
	}
	return shares.BySpeed(m.seen.SpeedMbps, speeds)
}
