package lacp

import "slices"

// The aggregators of a System.

// addAggregator gives a new port its aggregator. An aggregator of an earlier port with
// the same number may still exist, carrying the LAG of other ports. It is reused.
func (s *System) addAggregator(p *port) {
	id := AggregatorID(p.cfg.Number)
	i, found := s.findAggregator(id)
	if !found {
		s.aggregators = slices.Insert(s.aggregators, i, &aggregator{id: id})
	}
	s.aggregators[i].owner = p
}

// removeOwner clears the owner of a removed port's aggregator. The aggregator is dropped
// once it is empty.
func (s *System) removeOwner(p *port) {
	i, _ := s.findAggregator(AggregatorID(p.cfg.Number))
	s.aggregators[i].owner = nil
	s.dropOrphan(s.aggregators[i])
}

// dropOrphan removes an empty aggregator whose port is gone.
func (s *System) dropOrphan(a *aggregator) {
	if a.owner == nil && len(a.ports) == 0 {
		i, _ := s.findAggregator(a.id)
		s.aggregators = slices.Delete(s.aggregators, i, i+1)
	}
}

// aggregatorOf returns the aggregator with the port's number.
func (s *System) aggregatorOf(p *port) *aggregator {
	i, _ := s.findAggregator(AggregatorID(p.cfg.Number))
	return s.aggregators[i]
}

func (s *System) findAggregator(id AggregatorID) (int, bool) {
	return slices.BinarySearchFunc(s.aggregators, id, func(a *aggregator, id AggregatorID) int { return int(a.id) - int(id) })
}
