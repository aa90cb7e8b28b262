package bond

import (
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// plan is what control has decided, for the data path: immutable, replaced as a
// whole, so that no frame sees half a change.
type plan struct {
	choice
	*usage
	held  *held  // frames of flows that are moving; nil: none are
	moves []move // what moves them
}

// usage is who has used a plan.
type usage struct {
	senders atomic.Int64 // who is sending by it
	used    atomic.Bool  // somebody has
	closed  atomic.Bool  // another is about to take its place
	before  *plan        // the last one that was used; of the control goroutine
}

type choice struct {
	hasher     hash.Hasher
	table      *spread.Table // picks a member's id
	resilient  bool
	members    []*member // by id
	present    []uint16
	collecting []bool // by id
	spread     spreadKind
	order      []uint16 // those that distribute
	packets    int      // of one turn, with spreadInTurn
	maxFrame   int      // longest untagged frame, in octets
	addr       net.HardwareAddr
}

// settled is the plan without anything held.
func (p *plan) settled() *plan { return &plan{choice: p.choice, usage: p.usage} }

// pick chooses the member of a frame.
func (p *plan) pick(f *link.Frame) (id int, ok bool) {
	if len(p.order) == 1 {
		return int(p.order[0]), true
	}
	return p.table.Pick(p.hasher.Sum32(f.Data))
}

// acquire returns the plan in force, for sending. The caller takes himself off its
// senders afterwards.
func (b *Bond) acquire() *plan {
	for {
		p := b.plan.Load()
		p.senders.Add(1)
		if !p.used.Load() {
			p.used.Store(true)
		}
		if !p.closed.Load() {
			return p
		}
		p.senders.Add(-1)
		runtime.Gosched() // the next one is on its way
	}
}

// publish makes the plan of the members' present states and puts it in force.
func (b *Bond) publish() {
	p := &plan{usage: new(usage), choice: choice{
		hasher:     b.hasher,
		resilient:  b.cfg.Resilient && b.cfg.Mode != ModeFailover,
		members:    b.members,
		collecting: make([]bool, len(b.members)),
		maxFrame:   max(b.cfg.MTU, b.grownMTU) + link.HeaderLen,
		addr:       b.addr,
		spread:     b.cfg.Mode.spread(),
		packets:    b.cfg.PacketsPerMember,
	}}
	for _, m := range b.members {
		m.usable = false
		if m.removed {
			continue
		}
		if m.leaving {
			p.collecting[m.id] = true
			continue
		}
		p.present = append(p.present, m.id)
		collect, distribute := b.mode.carries(m)
		p.collecting[m.id] = collect
		if distribute && !m.drained {
			m.usable = true
			p.order = append(p.order, m.id)
		}
	}
	b.short = len(p.order) < b.cfg.MinLinks && !b.dev.held
	if b.short || b.dev.held {
		for _, id := range p.order {
			b.members[id].usable = false
		}
		p.order = nil
		clear(p.collecting)
	}
	if p.resilient {
		p.table = spread.NewResilientTable(p.present, func(id uint16) bool { return b.members[id].usable })
	} else {
		p.table = spread.NewTable(p.order)
	}
	if old := b.plan.Load(); old != nil {
		// Whoever comes now waits for the new one: so it is certain who has used the old.
		old.closed.Store(true)
		p.before = old.before
		if old.used.Load() {
			p.before, old.before = old, nil
		}
		if p.before != nil { // what nothing was sent by moves nothing
			p.before = b.holdMoved(time.Now(), p.before, p)
		}
	}
	b.plan.Store(p)
	b.setUp(len(p.order) > 0)
}
