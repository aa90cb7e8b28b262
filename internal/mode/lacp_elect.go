package mode

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// election is the state of the choice between aggregators.
type election struct {
	made  bool      // the aggregator in use was chosen and distributes
	had   bool      // an aggregator has distributed before
	until time.Time // the choice waits for a better aggregator until this time; zero: it does not wait
}

func (e *election) waits() bool            { return !e.until.IsZero() }
func (e *election) due(now time.Time) bool { return e.waits() && !now.Before(e.until) }

// elect chooses the aggregator to use by the policy.
func (l *LACP) elect(now time.Time) {
	defer l.add(Effect{Kind: EffectCarry})
	policy := l.settings.LACP.Policy
	c := l.sys.Candidates(policy, l.active)
	ready := len(c) > 0 && c[0].Distributing > 0
	keeps := ready && l.election.made && c[0].Aggregator == l.active
	switch {
	case ready && policy == lacp.PolicyStable && !keeps && l.waitsForBetter(now, c[0].Aggregator):
		return
	case ready, len(c) > 0 && !contains(c, l.active):
		// An aggregator that only collects is not expected to carry anything yet, so it does
		// not displace the one in use.
		l.active = c[0].Aggregator
	}
	l.election = election{made: ready, had: l.election.had || ready}
}

func contains(all []lacp.Candidate, id lacp.AggregatorID) bool {
	return slices.ContainsFunc(all, func(c lacp.Candidate) bool { return c.Aggregator == id })
}

// reselectWait is how long the choice waits for a better aggregator once one has carried data.
// The candidates have already waited for other ports.
const reselectWait = 200 * time.Millisecond

// waitsForBetter reports whether the choice has to wait even though an aggregator is ready.
// PolicyStable chooses once, and links come up one after another. So it waits for a better
// aggregator whose ports have a partner, at most as long as ports wait for each other. The
// better aggregator is used at once and carries data as soon as it is ready.
func (l *LACP) waitsForBetter(now time.Time, first lacp.AggregatorID) bool {
	better := l.sys.Expected(lacp.PolicyStable, first)
	if better == 0 || better == first {
		return false
	}
	if !l.election.waits() {
		l.election.until = now.Add(l.chooseWithin())
	}
	if l.election.due(now) {
		return false
	}
	l.active, l.election.made = better, false
	return true
}

// chooseWithin returns how long a choice may wait.
func (l *LACP) chooseWithin() time.Duration {
	wait := l.settings.LACP.System.AggregateWait
	if wait == 0 {
		wait = lacp.AggregateWaitTime
	}
	if l.election.had {
		wait = min(wait, reselectWait)
	}
	return max(wait, 0)
}
