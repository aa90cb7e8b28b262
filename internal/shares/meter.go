package shares

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash/spread"
)

// meter measures the load of the buckets in intervals. The zero value measures nothing.
type meter struct {
	counter  plane.BucketCounter
	table    *spread.Distributor // whose buckets are measured
	buckets  int
	interval time.Duration
	octets   []uint64  // sent of each bucket before the interval
	since    time.Time // the start of the interval
	next     time.Time // its end
}

// begin begins an interval. octets are those that were sent of each bucket before it.
func (m *meter) begin(now time.Time, octets []uint64) {
	m.octets, m.since, m.next = octets, now, now.Add(m.interval)
}

// sent returns the octets sent of each bucket in the interval, from those sent until now. It
// returns nil if the numbers do not continue those before.
func (m *meter) sent(until []uint64) []uint64 {
	if len(until) != m.buckets || len(m.octets) != m.buckets {
		return nil
	}
	sent := make([]uint64, len(until))
	for i, n := range until {
		if n < m.octets[i] {
			return nil
		}
		sent[i] = n - m.octets[i]
	}
	return sent
}
