package lacp

import (
	"cmp"
	"slices"
)

// Policy is how one of several aggregators is chosen where only one can carry
// the data, as in a bond.
type Policy uint8

// The policies. Of equal aggregators the one with the lower identifier wins.
const (
	// PolicyStable keeps the present aggregator as long as it distributes;
	// otherwise the one with the most distributing ports wins.
	PolicyStable Policy = iota
	// PolicyBandwidth: the highest sum of the speeds of distributing ports.
	PolicyBandwidth
	// PolicyCount: the most distributing ports.
	PolicyCount
	// PolicyPortPriority: the distributing port with the lowest port identifier.
	PolicyPortPriority
)

var policyNames = [...]string{"stable", "bandwidth", "count", "port-priority"}

// String returns "stable", "bandwidth", "count" or "port-priority".
func (p Policy) String() string { return name(policyNames[:], int(p)) }

// ParsePolicy returns the policy of a name that String gives, which are those of
// Linux (ad_select), and "actor_port_prio". The error is a [*FieldError].
func ParsePolicy(name string) (Policy, error) {
	if name == "actor_port_prio" {
		return PolicyPortPriority, nil
	}
	if i := slices.Index(policyNames[:], name); i >= 0 {
		return Policy(i), nil
	}
	return 0, &FieldError{"policy", name, "stable, bandwidth, count or port-priority"}
}

// Candidate is an aggregator that could carry the data, with what policies compare.
type Candidate struct {
	Aggregator   AggregatorID
	Partner      SystemID
	Key          Key // Actor_Oper_Aggregator_Key
	PartnerKey   Key
	Distributing int    // ports
	Collecting   int    // ports
	Mbps         uint64 // sum of the distributing ports' speeds, where known
	Best         PortID // the lowest of a distributing port; zero if none distributes
}

// Candidates returns the aggregators of which at least one port collects, best
// first by the policy; current is the one in use, 0 if none is. Links that lead
// back to this System are left out.
func (s *System) Candidates(policy Policy, current AggregatorID) []Candidate {
	var all []Candidate
	for _, a := range s.aggregators {
		if c, ok := a.candidate(s); ok {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(x, y Candidate) int {
		return cmp.Or(policy.compare(&x, &y, current), cmp.Compare(x.Aggregator, y.Aggregator))
	})
	return all
}

// compare is negative if x is better.
func (p Policy) compare(x, y *Candidate, current AggregatorID) int {
	better := func(x, y bool) int {
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	}
	distributes := better(x.Distributing > 0, y.Distributing > 0)
	count := cmp.Or(cmp.Compare(y.Distributing, x.Distributing), cmp.Compare(y.Collecting, x.Collecting))
	switch p {
	case PolicyBandwidth:
		return cmp.Or(distributes, cmp.Compare(y.Mbps, x.Mbps), count)
	case PolicyCount:
		return count
	case PolicyPortPriority:
		return cmp.Or(distributes, x.Best.Compare(y.Best), count)
	}
	return cmp.Or(distributes, better(x.Aggregator == current, y.Aggregator == current), count)
}

// candidate sums up the aggregator; false if it can't carry data.
func (a *aggregator) candidate(s *System) (c Candidate, ok bool) {
	c = Candidate{
		Aggregator: a.id, Partner: a.lag.Remote.System,
		Key: a.lag.Local.Key, PartnerKey: a.lag.Remote.Key,
	}
	if a.lag.Remote.System == s.cfg.System {
		return c, false
	}
	for _, p := range a.ports {
		if p.collecting {
			c.Collecting++
		}
		if !p.distributing {
			continue
		}
		c.Distributing++
		c.Mbps += uint64(p.link.SpeedMbps)
		if c.Best == (PortID{}) || p.actor.Port.Compare(c.Best) < 0 {
			c.Best = p.actor.Port
		}
	}
	return c, c.Collecting > 0
}
