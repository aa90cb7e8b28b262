package bond

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// benchGate holds a member that is not on the bond's aggregator out of Synchronization.
// Without it the engine would announce Collecting there too, and the partner's frames would be
// lost, because the bond accepts no data from that member.
const benchGate = "another LAG is in use"

// bench benches members (holds them out) or calls them back, and reports whether it changed
// any.
//
// While the bond's aggregator distributes, PolicyStable keeps it, so holding the others out
// loses nothing. Once it no longer distributes, they attach at once. Two Systems with several
// LAGs between them must not hold out each other's choice for ever. As with a limit of links,
// the System with the lower identifier decides, and the other one holds nothing out towards
// it. An individual port of a partner is never part of such a choice.
func (l *lacpMode) bench(now time.Time) (changed bool) {
	for _, m := range l.bond.members {
		benched := l.benched[l.port(m)]
		if m.phase == phaseGone || !benched && l.active != 0 && m.mux.Aggregator == l.active {
			continue // true for most members, and bench runs often
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
