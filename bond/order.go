package bond

import (
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// When a flow moves between two members that both work, its first frames on the
// new one must not overtake its last on the old one. So a plan that moves flows
// holds theirs, until the old paths are known to be empty or a timeout has passed.
// A member that is lost holds nothing up: what was under way there is lost too. One that
// the partner has taken out of use in good order does.

const (
	maxHeldFrames = 16 << 10
	maxHeldOctets = 16 << 20
	maxMoves      = 8                      // within one timeout; then all is let go
	settleTime    = 500 * time.Microsecond // how often senders of old plans are looked for
)

// flusher finds out when paths are empty. A mode may be one.
type flusher interface {
	// flush asks behind each of the members. It calls done on the control
	// goroutine, at most once for each, when all that was sent on it before has
	// arrived; it may never.
	flush(now time.Time, members []*member, done func(*member))

	// delivers reports whether what a member was given arrives, though it is given
	// nothing any more.
	delivers(m *member) bool

	// forget says that nothing more is sent on the member or heard of it.
	forget(now time.Time, m *member)
}

// move is a change of the choice of members.
type move struct {
	to   *plan
	live []bool // by id: the members before that still pass on what they were given
}

// held are the frames of flows that are moving.
type held struct {
	first *plan // before the first move

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

// put keeps a frame for later; false if it is to be sent now.
func (h *held) put(b *Bond, f *link.Frame) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return false
	}
	if len(h.frames) >= maxHeldFrames || len(h.data)+len(f.Data) > maxHeldOctets {
		b.data.txHoldDropped.Add(1)
		return true
	}
	h.data = append(h.data, f.Data...)
	h.frames = append(h.frames, heldFrame{len(h.data), f.Offload})
	b.data.txHeld.Add(1)
	return true
}

// release sends what was held by the plan p. Whoever comes with a further frame of
// these flows waits until all are sent, and then sends his.
func (h *held) release(b *Bond, p *plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return
	}
	h.released = true
	p.used.Store(true)
	p = p.settled() // or they would be held again
	s := new(batch)
	at := 0
	var frames []link.Frame
	for part := range slices.Chunk(h.frames, batchSize) {
		frames = frames[:0]
		for _, f := range part {
			frames = append(frames, link.Frame{Data: h.data[at:f.end:f.end], Offload: f.offload})
			at = f.end
		}
		_ = b.spread(p, s, frames)
	}
	h.data, h.frames = nil, nil
}

// flushing is a release that is due. It belongs to the control goroutine.
type flushing struct {
	until  time.Time // the timeout; zero: nothing is held
	settle time.Time // when to look again for senders of old plans; zero: done
	old    []*plan   // of which there may be senders
	open   map[*member]bool
}

// holdMoved makes p, which is to follow old, hold the flows it moves. It returns
// what p follows then.
func (b *Bond) holdMoved(now time.Time, old, p *plan) *plan {
	if old.spread == spreadFlows && p.spread == spreadFlows && old.sameChoice(p) {
		p.held, p.moves = old.held, old.moves
		return old
	}
	possible := old.spread == spreadFlows && p.spread == spreadFlows && len(p.order) > 0 && b.cfg.FlushTimeout > 0 && !b.left
	if old.held != nil && (!possible || len(old.moves) >= maxMoves) {
		// They go by the old plan, before anybody can send by the new.
		old.held.release(b, old)
		b.flushing = flushing{}
		old = old.settled()
	}
	if !possible {
		return old
	}
	asker, asks := b.mode.(flusher)
	live := make([]bool, len(old.members))
	some := old.held != nil
	for _, id := range old.order {
		m := b.members[id]
		live[id] = old.members[id] == m && !m.removed && m.seen.Up &&
			(!asks || m.usable || p.collecting[id] || asker.delivers(m))
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
	f := &b.flushing
	f.until = now.Add(b.cfg.FlushTimeout)
	if asks {
		f.settle = now
		f.old = append(f.old, old)
		f.open = make(map[*member]bool)
		for _, mv := range p.moves {
			for id, on := range mv.live {
				if on && id < len(p.members) {
					f.open[p.members[id]] = true
				}
			}
		}
	}
	return old
}

// sameChoice reports whether two plans choose the same member for every frame.
func (p *plan) sameChoice(q *plan) bool {
	return p.hasher == q.hasher && p.resilient == q.resilient && slices.Equal(p.order, q.order) &&
		(!p.resilient || slices.Equal(p.present, q.present)) && p.sameMembers(q)
}

func (p *plan) sameMembers(q *plan) bool {
	for _, id := range p.order {
		if p.members[id] != q.members[id] {
			return false
		}
	}
	return true
}

// flush goes on with what is due of a release.
func (b *Bond) flush(now time.Time) {
	f := &b.flushing
	if f.until.IsZero() {
		return
	}
	if !f.until.After(now) {
		b.releaseHeld()
		return
	}
	if f.settle.IsZero() || f.settle.After(now) {
		return
	}
	// A marker has to follow the last frame of whoever still sends by an old plan.
	f.old = slices.DeleteFunc(f.old, func(p *plan) bool { return p.senders.Load() == 0 })
	if len(f.old) > 0 {
		f.settle = now.Add(settleTime)
		return
	}
	f.settle = time.Time{}
	asker, asks := b.mode.(flusher)
	if !asks { // the mode has changed meanwhile: the timeout ends the move
		return
	}
	var members []*member
	for _, m := range b.members {
		if f.open[m] {
			members = append(members, m)
		}
	}
	open := f.open // a later move begins anew
	asker.flush(now, members, func(m *member) {
		delete(open, m)
		if len(open) == 0 && len(b.flushing.open) == 0 {
			b.releaseHeld()
		}
	})
}

// releaseHeld lets the moved flows go.
func (b *Bond) releaseHeld() {
	p := b.plan.Load()
	if p.held != nil {
		p.held.release(b, p)
		b.plan.Store(p.settled())
	}
	b.flushing = flushing{}
}
