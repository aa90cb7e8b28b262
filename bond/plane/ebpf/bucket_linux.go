package ebpf

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/bond/plane"
)

// BucketOctets returns the octets sent of each bucket, as [plane.BucketCounter] describes it. It
// is also nil if the kernel does not give the counters. Like Apply, it must be called from the
// goroutine that applies plans.
func (p *Plane) BucketOctets() []uint64 {
	if p.plan == nil || !counts(p.plan) {
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

func counts(p *plane.Plan) bool { return p.CountBuckets && len(p.Buckets) > 0 }

// countBuckets begins at zero if the next plan asks for counters, and the one in use does not or
// has another number of buckets.
func (p *Plane) countBuckets(next *plane.Plan) error {
	if !counts(next) || p.plan != nil && counts(p.plan) && len(p.plan.Buckets) == len(next.Buckets) {
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
	if errors.Is(err, ebpf.ErrNotSupported) { // by older kernels
		n, err = m.lookupBuckets(keys, values, cpus)
	}
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

// lookupBuckets reads the counters of each bucket one by one.
func (m *maps) lookupBuckets(keys []uint32, values []bucketCounters, cpus int) (n int, err error) {
	for n = range keys {
		keys[n] = uint32(n)
		if err := m.buckets.Lookup(keys[n], values[n*cpus:][:cpus]); err != nil {
			return n, err
		}
	}
	return len(keys), nil
}
