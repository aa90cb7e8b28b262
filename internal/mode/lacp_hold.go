package mode

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// The machine's own gates. No other gate may have their names.
const (
	// ApartGate holds a member that is not on the aggregator in use out of Synchronization.
	// Without it the engine would announce Collecting there too, and the partner's frames would
	// be lost, because no data is accepted from that member.
	ApartGate = "another LAG is in use"

	// PathGate holds all members out of Synchronization while Settings.Held is true, so that the
	// partners use another path.
	PathGate = "the bond is out of use"
)

// MaxGates is how many gates a member can have besides the machine's own.
const MaxGates = lacp.MaxGates - 3

// holdOthersOut holds the members of other aggregators out, or lets them in again, and reports
// whether it changed any.
//
// While the aggregator in use distributes, PolicyStable keeps it, so holding the others out
// loses nothing. Once it no longer distributes, they attach at once. Two Systems with several
// LAGs between them must not hold out each other's choice for ever. As with a limit of links,
// the System with the lower identifier decides, and the other one holds nothing out towards
// it. An individual port of a partner is never part of such a choice.
func (l *LACP) holdOthersOut(now time.Time) (changed bool) {
	for id := range l.members {
		m := &l.members[id]
		if !m.in || !m.apart && l.active != 0 && m.mux.Aggregator == l.active {
			continue // true for most members, and this runs often
		}
		n := l.Port(ID(id))
		p, _ := l.sys.Peer(n)
		yields := !p.Info.State.Has(lacp.StateAggregation) || p.Info.System.Compare(l.sys.ID()) > 0
		known := p.Current && p.Aggregator != 0
		want := known && yields && p.Aggregator != l.active && l.keepsActive()
		if want == m.apart {
			continue
		}
		m.apart = want
		l.setGate(now, ID(id), ApartGate, want)
		changed = true
	}
	return changed
}

// keepsActive reports whether the aggregator in use carries data and no other could take its
// place.
func (l *LACP) keepsActive() bool {
	policy := l.settings.LACP.Policy
	return policy == lacp.PolicyStable && slices.ContainsFunc(l.sys.Candidates(policy, l.active), func(c lacp.Candidate) bool {
		return c.Aggregator == l.active && c.Distributing > 0
	})
}

// setGate closes or opens one of the machine's own gates.
func (l *LACP) setGate(now time.Time, id ID, gate string, closed bool) {
	level := lacp.GateOpen
	if closed {
		level = lacp.GateSynchronization
	}
	if err := l.sys.SetGate(now, l.Port(id), gate, level); err != nil {
		l.add(Effect{Kind: EffectFailed, Member: id, Err: err})
	}
}

// holdPath sets the gate of one member that follows Settings.Held.
func (l *LACP) holdPath(now time.Time, id ID) { l.setGate(now, id, PathGate, l.settings.Held) }

// holdAll follows a change of Settings.Held.
func (l *LACP) holdAll(now time.Time) error {
	// The ports start waiting for others at once, and have finished when the path is back,
	// because they were attached before.
	hurry := l.settings.LACP.System
	hurry.AggregateWait = -1
	err := l.sys.SetConfig(now, hurry)
	for id := range l.members {
		if l.members[id].in {
			l.holdPath(now, ID(id))
		}
	}
	return errors.Join(err, l.sys.SetConfig(now, l.settings.LACP.System))
}

// setGates sets the gates of a member, and opens those that it has no longer.
func (l *LACP) setGates(now time.Time, m *Member) (err error) {
	have := l.members[m.ID].gates
	for gate := range have {
		if _, kept := m.Gates[gate]; !kept {
			err = errors.Join(err, l.sys.SetGate(now, l.Port(m.ID), gate, lacp.GateOpen))
		}
	}
	for gate, level := range m.Gates {
		if old, known := have[gate]; !known || old != level {
			err = errors.Join(err, l.sys.SetGate(now, l.Port(m.ID), gate, level))
		}
	}
	l.members[m.ID].gates = maps.Clone(m.Gates)
	return err
}
