package bond

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// benchGate holds a member out of Synchronization that is not on the bond's
// aggregator. Without it the engine announces Collecting there too, and what the
// partner sends is lost: the bond takes no data from it.
const benchGate = "another LAG is in use"

// bench puts members on the bench, or calls them back, and reports whether any was.
//
// While the bond's aggregator distributes PolicyStable keeps it, so nothing is lost
// by holding the others out; once it does not, they attach at once. Two Systems
// with several LAGs between them must not hold out each other's choice for ever: as
// with a limit of links the one with the lower identifier decides, and the other
// holds nothing out towards it. An individual port of a partner is never part of
// such a choice.
func (l *lacpMode) bench(now time.Time) (changed bool) {
	for _, m := range l.bond.members {
		benched := l.benched[l.port(m)]
		if m.phase == phaseGone || !benched && l.active != 0 && m.mux.Aggregator == l.active {
			continue // most are, and this is asked often
		}
		p, ok := l.sys.Port(l.port(m))
		if !ok {
			continue
		}
		yields := !p.Partner.State.Has(lacp.StateAggregation) || p.Partner.System.Compare(l.sys.ID()) > 0
		known := p.Receive == lacp.ReceiveCurrent && p.SelectedAggregator != 0
		want := known && yields && p.SelectedAggregator != l.active && l.holdsOthersOut()
		if want == benched {
			continue
		}
		level := lacp.GateOpen
		delete(l.benched, l.port(m))
		if want {
			level = lacp.GateSynchronization
			l.benched[l.port(m)] = true
		}
		if err := l.sys.SetGate(now, l.port(m), benchGate, level); err != nil {
			l.bond.log.Error("member not held out of the LAG", "member", m.link.Name(), "error", err)
		}
		changed = true
	}
	return changed
}

// holdsOthersOut reports whether the bond's aggregator carries data and no other
// could take its place.
func (l *lacpMode) holdsOthersOut() bool {
	policy := l.bond.cfg.LACP.Policy
	return policy == lacp.PolicyStable && slices.ContainsFunc(l.sys.Candidates(policy, l.active), func(c lacp.Candidate) bool {
		return c.Aggregator == l.active && c.Distributing > 0
	})
}
