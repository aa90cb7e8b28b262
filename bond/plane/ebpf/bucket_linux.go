package ebpf

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
)

// BucketOctets returns, by bucket of [plane.Plan.Buckets], the octets of the frames sent since
// the first plan with that number of buckets. It is nil if the plan has no buckets, or if the
// kernel does not give the counters.
func (p *Plane) BucketOctets() []uint64 {
	if p.plan == nil || p.plan.Buckets == nil {
		return nil
	}
	now, err := p.maps.octets()
	if err != nil {
		return nil
	}
	sums := make([]uint64, len(p.plan.Buckets))
	for b, octets := range now {
		sums[b%len(sums)] += octets - p.before[b]
	}
	return sums
}

// countBuckets begins at zero again if the next plan has another number of buckets.
func (p *Plane) countBuckets(next []uint16) error {
	if len(next) == 0 || p.plan != nil && len(p.plan.Buckets) == len(next) {
		return nil
	}
	before, err := p.maps.octets()
	p.before = before
	return err
}

// octets returns what was sent of each bucket of the table.
func (m *maps) octets() ([]uint64, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, err
	}
	keys, values := make([]uint32, maxBuckets), make([]bucketCounters, maxBuckets*cpus)
	var cursor ebpf.MapBatchCursor
	n, err := m.buckets.BatchLookup(&cursor, keys, values, nil)
	if n != maxBuckets {
		return nil, fmt.Errorf("read counters of buckets: %d of %d: %w", n, maxBuckets, err)
	}
	sums := make([]uint64, maxBuckets)
	for i, counters := range slices.Collect(slices.Chunk(values, cpus)) {
		for _, c := range counters {
			sums[keys[i]] += c.Octets
		}
	}
	return sums, nil
}
