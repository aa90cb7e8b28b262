// Package shares places the buckets of a bond's flows on its members: by the weights of
// the members, and by their load.
package shares

import (
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash/spread"
)

// leastRate is the load of the whole bond below which no bucket moves because of it, in octets
// per second: 1 Mb/s.
const leastRate = 125_000

// Shares places buckets on members. The zero value places none.
type Shares struct {
	Buckets int // how many a plan gets, a power of two from 64; 0: 1,024

	table *spread.Distributor // nil: the plan has no buckets
	meter meter
}

// Adopt places the buckets where another process had them. The plan is the first that has members;
// Place gives it the buckets.
func (s *Shares) Adopt(p *plane.Plan, weight func(id uint16) uint32, buckets []uint16) error {
	s.table, _ = s.newTable(p) // allowed
	return s.table.Adopt(membersOf(p, weight), buckets)
}

func (s *Shares) newTable(p *plane.Plan) (*spread.Distributor, error) {
	return spread.NewDistributor(p.Hash, spread.DistributorConfig{Buckets: s.Buckets, Balance: spread.Balance{MinRate: leastRate}})
}

func membersOf(p *plane.Plan, weight func(id uint16) uint32) (members []spread.Member) {
	for _, id := range p.Present() {
		members = append(members, spread.Member{ID: id, Weight: weight(id), Up: p.Members[id].Distributing})
	}
	return members
}

// Place gives a plan its buckets. Members that come, go or change their weight move as few
// buckets as the new shares need.
func (s *Shares) Place(p *plane.Plan, weight func(id uint16) uint32) {
	if s.table == nil || s.table.Snapshot().Hasher() != p.Hash { // the load of a bucket is that of other flows
		s.table, _ = s.newTable(p) // allowed
	}
	_, _ = s.table.Update(membersOf(p, weight)) // fails only if there are more members than buckets
	table := s.table.Snapshot()
	p.Buckets = make([]uint16, table.Buckets())
	for i := range p.Buckets {
		id, _ := table.BucketMember(i)
		p.Buckets[i] = uint16(id)
	}
}

// Forget drops the places. The next Place begins from the start.
func (s *Shares) Forget() { s.table = nil }

// Measure starts to measure the load of the buckets in intervals, or goes on. If the buckets
// now hold other flows, or the interval changed, it starts again. Without a plan that asks for
// it, it stops.
func (s *Shares) Measure(now time.Time, counter plane.BucketCounter, p *plane.Plan, interval time.Duration) {
	m := &s.meter
	switch {
	case p == nil || !p.CountBuckets:
		*m = meter{}
	case m.next.IsZero() || m.table != s.table || m.buckets != len(p.Buckets) || m.interval != interval:
		*m = meter{counter: counter, table: s.table, buckets: len(p.Buckets), interval: interval}
		m.begin(now, counter.BucketOctets())
	}
}

// Interval returns how often the load is checked; 0: it is not measured.
func (s *Shares) Interval() time.Duration { return s.meter.interval }

// Next returns the end of the interval; zero: nothing is measured.
func (s *Shares) Next() time.Time { return s.meter.next }

// Balance moves buckets from busy members to idle ones if the interval is over, and returns how
// many: a plan then needs Place. ok is false if the counters do not continue those before.
func (s *Shares) Balance(now time.Time) (moved int, ok bool) {
	m := &s.meter
	if m.next.IsZero() || m.next.After(now) {
		return 0, true
	}
	elapsed := now.Sub(m.since)
	until := m.counter.BucketOctets()
	sent := m.sent(until)
	m.begin(now, until)
	if sent == nil {
		return 0, false
	}
	return len(s.table.Balance(sent, elapsed).Moved), true
}

// BySpeed returns the weight of a member with a speed, of a bond with these. An unknown speed, 0,
// counts as the slowest that is known.
func BySpeed(speed uint32, all []uint32) uint32 {
	if speed > 0 {
		return speed
	}
	slowest := uint32(0)
	for _, s := range all {
		if s > 0 && (slowest == 0 || s < slowest) {
			slowest = s
		}
	}
	return max(slowest, 1)
}
