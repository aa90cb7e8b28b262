package bond

import (
	"time"

	"github.com/lagkit/lagkit/hash/spread"
)

// BalanceStatus describes the work of [Config.Balance].
type BalanceStatus struct {
	Interval time.Duration // how often the load is checked; 0: never
	Moved    uint64        // buckets of flows moved since the bond was made
	Last     time.Time     // when buckets last moved; zero: never
}

// loadMeter measures the load of the buckets in intervals.
type loadMeter struct {
	shares  *spread.Distributor // whose buckets are measured
	buckets int
	octets  []uint64  // sent of each bucket before the interval
	since   time.Time // the start of the interval
	next    time.Time // its end; zero: nothing is measured
	status  BalanceStatus
}

// begin begins an interval. octets are those that were sent of each bucket before it.
func (l *loadMeter) begin(now time.Time, octets []uint64) {
	l.octets, l.since, l.next = octets, now, now.Add(l.status.Interval)
}

// stop ends the measurement.
func (l *loadMeter) stop() {
	l.status.Interval = 0
	*l = loadMeter{status: l.status}
}

// sent returns the octets sent of each bucket in the interval, from those sent until now. It
// returns nil if the numbers do not continue those before.
func (l *loadMeter) sent(until []uint64) []uint64 {
	if len(until) != l.buckets || len(l.octets) != l.buckets {
		return nil
	}
	sent := make([]uint64, len(until))
	for i, n := range until {
		if n < l.octets[i] {
			return nil
		}
		sent[i] = n - l.octets[i]
	}
	return sent
}
