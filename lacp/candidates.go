package lacp

import (
	"cmp"
	"slices"
)

// AggregatorPolicy is the rule that chooses one of several aggregators where only one can
// carry the data, as in a bond.
type AggregatorPolicy uint8

// The policies. If aggregators are equal, the lower identifier wins.
const (
	// PolicyStable keeps the current aggregator as long as it distributes. Otherwise
	// it chooses like PolicyBandwidth.
	PolicyStable AggregatorPolicy = iota
	// PolicyBandwidth chooses the highest sum of the speeds of distributing ports,
	// then the most distributing ports.
	PolicyBandwidth
	// PolicyCount chooses the most distributing ports.
	PolicyCount
	// PolicyPortPriority chooses the distributing port with the lowest port identifier.
	PolicyPortPriority
)

var policyNames = [...]string{"stable", "bandwidth", "count", "port-priority"}

// String returns "stable", "bandwidth", "count" or "port-priority".
func (p AggregatorPolicy) String() string { return name(policyNames[:], int(p)) }

// ParseAggregatorPolicy returns the policy with the given name. It accepts the names String
// returns, which are those of Linux (ad_select), and "actor_port_prio". The error is
// a [*FieldError].
func ParseAggregatorPolicy(name string) (AggregatorPolicy, error) {
	if name == "actor_port_prio" {
		return PolicyPortPriority, nil
	}
	if i := slices.Index(policyNames[:], name); i >= 0 {
		return AggregatorPolicy(i), nil
	}
	return 0, &FieldError{"policy", name, "stable, bandwidth, count or port-priority"}
}

// Candidate is an aggregator that could carry the data, with the values that policies
// compare.
type Candidate struct {
	Aggregator   AggregatorID
	Partner      SystemID
	Key          Key // Actor_Oper_Aggregator_Key
	PartnerKey   Key
	Distributing int    // ports
	Collecting   int    // ports
	Mbps         uint64 // sum of the distributing ports' known speeds
	Best         PortID // the lowest of a distributing port; zero if none distributes
}

// Candidates returns the aggregators with at least one collecting port, ordered by
// the policy, best first. current is the aggregator in use, 0 if none. Candidates
// leaves out links that lead back to this System.
func (s *System) Candidates(policy AggregatorPolicy, current AggregatorID) []Candidate {
	var all []Candidate
	for _, a := range s.aggregators {
		c := a.candidate(func(p *port) bool { return p.distributing })
		if c.Collecting > 0 && !s.isOwn(a) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(x, y Candidate) int {
		return cmp.Or(policy.compare(&x, &y, current), cmp.Compare(x.Aggregator, y.Aggregator))
	})
	return all
}

// Expected returns the aggregator that the policy would choose if every port that
// is SELECTED and has a partner distributed; 0 if no port does. If aggregators are
// equal, current wins. While a better aggregator comes up, because its ports still
// wait for each other or for their partner, the result differs from the first of
// [System.Candidates].
func (s *System) Expected(policy AggregatorPolicy, current AggregatorID) AggregatorID {
	var best Candidate
	for _, a := range s.aggregators {
		c := a.candidate((*port).isExpected)
		if c.Distributing == 0 || s.isOwn(a) {
			continue
		}
		order := policy.merit(&c, &best)
		if best.Aggregator == 0 || order < 0 || order == 0 && c.Aggregator == current {
			best = c
		}
	}
	return best.Aggregator
}

// isExpected reports whether the port distributes, or may soon.
func (p *port) isExpected() bool { return p.receive == ReceiveCurrent && p.selected == Selected }

// isOwn reports whether the aggregator's links lead back to this System.
func (s *System) isOwn(a *aggregator) bool { return a.lag.Remote.System == s.cfg.System }

// compare is negative if x is better.
func (p AggregatorPolicy) compare(x, y *Candidate, current AggregatorID) int {
	kept := 0
	if p == PolicyStable {
		kept = first(x.Aggregator == current, y.Aggregator == current)
	}
	return cmp.Or(first(x.Distributing > 0, y.Distributing > 0), kept, p.merit(x, y))
}

// merit is negative if x is better by the values that the policy compares.
func (p AggregatorPolicy) merit(x, y *Candidate) int {
	count := cmp.Or(cmp.Compare(y.Distributing, x.Distributing), cmp.Compare(y.Collecting, x.Collecting))
	switch p {
	case PolicyCount:
		return count
	case PolicyPortPriority:
		return cmp.Or(x.Best.Compare(y.Best), count)
	}
	return cmp.Or(cmp.Compare(y.Mbps, x.Mbps), count)
}

// first is negative if only x is true, positive if only y is.
func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// candidate summarizes the aggregator's ports. distributes decides which ports count
// as distributing.
func (a *aggregator) candidate(distributes func(*port) bool) Candidate {
	c := Candidate{
		Aggregator: a.id, Partner: a.lag.Remote.System,
		Key: a.lag.Local.Key, PartnerKey: a.lag.Remote.Key,
	}
	for _, p := range a.ports {
		if p.collecting {
			c.Collecting++
		}
		if !distributes(p) {
			continue
		}
		c.Distributing++
		c.Mbps += uint64(p.link.SpeedMbps)
		if c.Best == (PortID{}) || p.actor.Port.Compare(c.Best) < 0 {
			c.Best = p.actor.Port
		}
	}
	return c
}
