package user

import (
	"slices"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

// When a flow moves between two members that both work, its first frames on the new member
// must not overtake its last frames on the old one. So a plan that moves flows holds their
// frames until the old paths are known to be empty or a timeout has passed. A lost member
// delays nothing, because its frames under way are lost too. A member that the partner has
// taken out of use gracefully does delay its flows.

const (
	maxHeldFrames = 16 << 10
	maxHeldOctets = 16 << 20
	maxMoves      = 8 // at a time; after that all held frames are sent
)

// move is a change of the choice of members.
type move struct {
	to   *plan
	live []bool // by id: members of the earlier plan that still deliver the frames sent on them
}

// held holds the frames of flows that are moving.
type held struct {
	first *plan // the plan before the first move

	mu       sync.Mutex
	released bool
	data     []byte
	frames   []heldFrame
}

type heldFrame struct {
	end     int // in data
	offload link.Offload
}

// holds reports whether the flow of a frame is moving.
func (p *plan) holds(f *link.Frame) bool {
	now, ok := p.held.first.pick(f)
	for i := range p.moves {
		m := &p.moves[i]
		next, nextOK := m.to.pick(f)
		if next == now && nextOK == ok {
			continue
		}
		if ok && m.live[now] {
			return true
		}
		now, ok = next, nextOK
	}
	return false
}

// put keeps a frame for later. It returns false if the frame is to be sent now.
func (h *held) put(u *Plane, f *link.Frame) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return false
	}
	if len(h.frames) >= maxHeldFrames || len(h.data)+len(f.Data) > maxHeldOctets {
		u.counters.txHoldDropped.Add(1)
		return true
	}
	h.data = append(h.data, f.Data...)
	h.frames = append(h.frames, heldFrame{len(h.data), f.Offload})
	u.counters.txHeld.Add(1)
	return true
}

// release sends the held frames by the plan p. A sender with another frame of these flows
// waits until all are sent, and then sends its own.
func (h *held) release(u *Plane, p *plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return
	}
	h.released = true
	p.used.Store(true)
	p = p.settled() // else the frames would be held again
	s := new(batch)
	at := 0
	var frames []link.Frame
	for part := range slices.Chunk(h.frames, batchSize) {
		frames = frames[:0]
		for _, f := range part {
			frames = append(frames, link.Frame{Data: h.data[at:f.end:f.end], Offload: f.offload})
			at = f.end
		}
		_ = u.spread(p, s, frames)
	}
	h.data, h.frames = nil, nil
}

// holdMoved makes p, which is to follow old, hold the flows that it moves. It returns the plan
// that p follows then.
func (u *Plane) holdMoved(old, p *plan) *plan {
	flows := old.Spread == plane.SpreadFlows && p.Spread == plane.SpreadFlows
	if flows && old.SameChoice(p.Plan) {
		p.held, p.moves = old.held, old.moves
		return old
	}
	possible := flows && len(p.order) > 0 && p.Hold
	if old.held != nil && (!possible || len(old.moves) >= maxMoves) {
		// They are sent by the old plan, before any sender can use the new one.
		old.held.release(u, old)
		u.letGo()
		old = old.settled()
	}
	if !possible {
		return old
	}
	live := make([]bool, len(old.members))
	some := old.held != nil
	for _, id := range old.order {
		live[id] = int(id) < len(p.members) && old.members[id] == p.members[id] && p.Members[id].Delivers
		some = some || live[id]
	}
	if !some {
		return old
	}
	p.held = old.held
	if p.held == nil {
		p.held = &held{first: old}
	}
	p.moves = append(slices.Clip(old.moves), move{p, live})
	u.old = append(u.old, old)
	u.moves = plane.Moves{Generation: p.Generation}
	for id := range p.members {
		if slices.ContainsFunc(p.moves, func(m move) bool { return id < len(m.live) && m.live[id] }) {
			u.moves.Members = append(u.moves.Members, uint16(id))
		}
	}
	return old
}

// letGo records that no flow is held.
func (u *Plane) letGo() { u.moves, u.old = plane.Moves{}, nil }

// settle sends the held frames of moved flows if the plan permits it.
func (u *Plane) settle(cur *plan, next *plane.Plan) {
	if next.Settled < cur.Generation || cur.held == nil {
		return
	}
	cur.held.release(u, cur)
	u.plan.Store(cur.settled())
	u.letGo()
}

// Moving returns the flows that are held.
func (u *Plane) Moving() plane.Moves { return u.moves }

// Quiet reports whether no sender uses a plan older than the given generation.
func (u *Plane) Quiet(generation uint64) bool {
	u.old = slices.DeleteFunc(u.old, func(p *plan) bool { return p.senders.Load() == 0 })
	return !slices.ContainsFunc(u.old, func(p *plan) bool { return p.Generation < generation })
}
