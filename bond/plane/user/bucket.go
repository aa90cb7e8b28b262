package user

import (
	"runtime"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

// bucketCounts count the octets of each bucket. Each sender adds to a set of its own, so that
// queues of the device do not fight for cache lines; only if there are more senders than sets
// do some share one. A set is as large as a table of buckets: 8 KiB for 1,024.
type bucketCounts struct {
	sets [][]atomic.Uint64 // a power of two of them, each with a counter for each bucket
}

// maxSets is the most sets of counters.
const maxSets = 64

// newBucketCounts returns counters for a number of buckets, with a set for each of the senders.
func newBucketCounts(buckets, senders int) *bucketCounts {
	sets := 1
	for sets < min(senders, maxSets) {
		sets *= 2
	}
	c := &bucketCounts{sets: make([][]atomic.Uint64, sets)}
	for i := range c.sets {
		c.sets[i] = make([]atomic.Uint64, buckets)
	}
	return c
}

// of returns the counters of a sender; nil if nothing is counted.
func (c *bucketCounts) of(sender uint32) []atomic.Uint64 {
	if c == nil {
		return nil
	}
	return c.sets[sender&uint32(len(c.sets)-1)]
}

// sum returns the octets of each bucket.
func (c *bucketCounts) sum() []uint64 {
	octets := make([]uint64, len(c.sets[0]))
	for _, set := range c.sets {
		for b := range set {
			octets[b] += set[b].Load()
		}
	}
	return octets
}

// pickCounted is pick for a plan with counts. It adds the frame's octets to its bucket.
func (p *plan) pickCounted(f *link.Frame, count []atomic.Uint64) (id int, ok bool) {
	if len(count) == 0 { // no bucket has a member
		return 0, false
	}
	b := p.Bucket(p.hasher.Sum32(f.Data))
	count[b].Add(uint64(len(f.Data)))
	return int(p.Buckets[b]), true
}

// countsOf returns the counters that a plan asks for. Later plans with the same number of
// buckets keep them.
func (u *Plane) countsOf(next *plane.Plan) *bucketCounts {
	switch c := u.counts; {
	case !next.CountBuckets || next.Buckets == nil:
		u.counts = nil
	case c == nil || len(c.sets[0]) != len(next.Buckets):
		u.counts = newBucketCounts(len(next.Buckets), max(u.queues, runtime.GOMAXPROCS(0)))
	}
	return u.counts
}

// BucketOctets returns the octets sent of each bucket. Like Apply, it must be called from the
// goroutine that applies plans.
func (u *Plane) BucketOctets() []uint64 {
	if u.counts == nil {
		return nil
	}
	return u.counts.sum()
}
