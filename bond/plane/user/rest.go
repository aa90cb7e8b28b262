package user

import (
	"math"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
)

// rest marks the frames that arrived while a member collected but have not been read yet. They
// are delivered although it no longer collects: control may be ahead of the member's reader.
// A link that is no Sequencer has no rest.
type rest struct {
	// before is the place in the link's sequence that ends the rest, plus one; 0: no rest, or
	// it was delivered.
	before atomic.Int64
}

// restOpen is a rest that has no end yet.
const restOpen = math.MaxInt64

// stopCollecting begins the rest of each member that collects by the old plan but not by p,
// and returns these members.
func (p *plan) stopCollecting(old *plan) (stopped []*member) {
	if old == nil {
		return nil
	}
	for id, m := range old.members {
		if m == nil || !old.collecting[id] || id < len(p.members) && p.members[id] == m && p.collecting[id] {
			continue
		}
		if _, ok := m.link.(link.Sequencer); ok {
			m.rest.before.Store(restOpen)
			stopped = append(stopped, m)
		}
	}
	return stopped
}

// end ends the rest with the last frame that has arrived.
func (r *rest) end(l link.Link) { r.before.Store(int64(l.(link.Sequencer).Mark()) + 1) }

// includes reports whether the frames that Read has returned belong to the rest. The last of
// them may have come after it.
func (r *rest) includes(l link.Link) bool {
	switch before := r.before.Load(); {
	case before == 0:
		return false
	case before == restOpen || !l.(link.Sequencer).Passed(uint32(before-1)):
		return true
	default:
		r.before.CompareAndSwap(before, 0)
		return false
	}
}
