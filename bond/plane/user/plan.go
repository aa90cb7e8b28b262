package user

import (
	"runtime"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// plan is a plane.Plan prepared for the data path. It is immutable and replaced as a whole, so
// that no frame sees half a change.
type plan struct {
	choice
	*usage
	held  *held  // frames of flows that are moving; nil if no flow is
	moves []move // the moves of these flows
}

// usage records the senders that use a plan.
type usage struct {
	senders atomic.Int64 // number of senders that use the plan now
	used    atomic.Bool  // whether any sender has used it
	closed  atomic.Bool  // another plan is about to replace it
	before  *plan        // the last used plan before it; owned by the goroutine that applies plans
}

type choice struct {
	*plane.Plan
	hasher     hash.Hasher
	table      *spread.Table // picks a member's id
	members    []*member     // by id
	collecting []bool        // by id
	order      []uint16      // the members that distribute
	maxFrame   int           // longest untagged frame, in octets
	stations   *stations     // stations that the bond has sent frames of; nil without SLB
	counts     *bucketCounts // nil: the plan does not ask for them
}

// settled returns the plan without held frames.
func (p *plan) settled() *plan { return &plan{choice: p.choice, usage: p.usage} }

// pick chooses the member of a frame.
func (p *plan) pick(f *link.Frame) (id int, ok bool) {
	if len(p.order) == 1 {
		return int(p.order[0]), true
	}
	return p.table.Pick(p.hasher.Sum32(f.Data))
}

// acquire returns the current plan, for sending, and counts the caller as one of its senders.
// The caller decrements senders afterwards.
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
		runtime.Gosched() // the next plan is about to be stored
	}
}

// replace prepares p to follow the current plan.
func (u *Plane) replace(cur, p *plan) {
	// Senders that come now wait for the new plan. So it is certain whether the old one was
	// used.
	cur.closed.Store(true)
	p.before = cur.before
	if cur.used.Load() {
		p.before, cur.before = cur, nil
	}
	if p.before != nil { // a plan that no frame was sent by moves nothing
		p.before = u.holdMoved(p.before, p)
	}
	if p.held == nil { // also if the plan in between, which moved flows, was not used
		u.letGo()
	}
}
