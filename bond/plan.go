package bond

import (
	"net"

	"github.com/lagkit/lagkit/hash"
)

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
	addr       net.HardwareAddr
}

// publish makes the plan of the members' present states and puts it in force.
func (b *Bond) publish() {
	p := &plan{
		hasher:     b.hasher,
		members:    b.members,
		collecting: make([]bool, len(b.members)),
		maxFrame:   b.cfg.MTU + etherHeaderLen,
		addr:       b.addr,
		spread:     b.cfg.Mode.spread(),
		packets:    b.cfg.PacketsPerMember,
	}
	var present, distributing []uint16
	for _, m := range b.members {
		m.usable = false
		if m.removed {
			continue
		}
		if m.leaving {
			p.collecting[m.id] = true
			continue
		}
		present = append(present, m.id)
		collect, distribute := b.mode.carries(m)
		p.collecting[m.id] = collect
		if distribute && !m.drained {
			m.usable = true
			distributing = append(distributing, m.id)
		}
	}
	b.short = len(distributing) < b.cfg.MinLinks
	if b.short {
		for _, id := range distributing {
			b.members[id].usable = false
		}
		distributing = nil
		clear(p.collecting)
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
