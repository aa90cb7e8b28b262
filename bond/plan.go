package bond

import "github.com/lagkit/lagkit/hash"

// plan is what control has decided, for the data path: immutable, replaced as a
// whole, so that no frame sees half a change.
type plan struct {
	hasher     hash.Hasher
	table      *hash.Table // picks a member's id
	members    []*member   // by id
	collecting []bool      // by id
	spread     spread
	order      []uint16 // those that distribute
	packets    int      // of one turn, with spreadInTurn
	maxFrame   int      // longest untagged frame, in octets
}

// publish makes the plan of the members' present states and puts it in force.
func (b *Bond) publish() {
	p := &plan{
		hasher:     b.hasher,
		members:    b.members,
		collecting: make([]bool, len(b.members)),
		maxFrame:   b.cfg.MTU + etherHeaderLen,
		spread:     b.cfg.Mode.spread(),
		packets:    b.cfg.PacketsPerMember,
	}
	var present, distributing []uint16
	for _, m := range b.members {
		if !m.removed {
			present = append(present, m.id)
		}
		collect, distribute := b.mode.carries(m)
		p.collecting[m.id] = collect
		m.usable = distribute
		if distribute {
			distributing = append(distributing, m.id)
		}
	}
	if b.cfg.Resilient && b.cfg.Mode != ModeFailover {
		p.table = hash.NewResilientTable(present, func(id uint16) bool { return b.members[id].usable })
	} else {
		p.table = hash.NewTable(distributing)
	}
	p.order = distributing
	b.plan.Store(p)
	b.setUp(len(distributing) > 0)
}
