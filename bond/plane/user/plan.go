package user

import (
	"runtime"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// plan is a plane.Plan for the data path: immutable, replaced as a whole, so that no frame
// sees half a change.
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
	before  *plan        // the last one that was used; of the goroutine that applies plans
}

type choice struct {
	*plane.Plan
	hasher     hash.Hasher
	table      *spread.Table // picks a member's id
	members    []*member     // by id
	collecting []bool        // by id
	order      []uint16      // those that distribute
	maxFrame   int           // longest untagged frame, in octets
	stations   *stations     // that the bond has sent frames of; nil: nobody asks
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

// acquire returns the current plan, for sending. The caller takes itself off its senders
// afterwards.
func (u *Plane) acquire() *plan {
	for {
		p := u.plan.Load()
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

// replace prepares p to follow the current plan.
func (u *Plane) replace(cur, p *plan) {
	// Whoever comes now waits for the new one: so it is certain who has used the old.
	cur.closed.Store(true)
	p.before = cur.before
	if cur.used.Load() {
		p.before, cur.before = cur, nil
	}
	if p.before != nil { // what nothing was sent by moves nothing
		p.before = u.holdMoved(p.before, p)
	}
}
