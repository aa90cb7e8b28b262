package spread

import (
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// Balance configures when a [Distributor] moves buckets because of load. The zero value
// uses the defaults.
type Balance struct {
	// Off turns balancing off.
	Off bool
	// Interval is the time between two checks of the load, at least 1 s. 0 means 10 s.
	Interval time.Duration
	// Start and Stop limit the load of the busiest member, as a multiple of the mean of
	// all, both relative to weight. Buckets start to move above Start, and stop at Stop.
	// They must satisfy 1 < Stop <= Start. 0 means 1.10 for Start and 1.03 for Stop.
	Start, Stop float64
	// MinRate is a rate of the whole group in octets per second. Below it no bucket
	// moves. About 1 % of what the links can carry is a useful value.
	MinRate float64
}

// Defaults and limits of Balance.
const (
	defaultInterval = 10 * time.Second
	minInterval     = time.Second
	defaultStart    = 1.10
	defaultStop     = 1.03
)

func (b Balance) interval() time.Duration {
	if b.Interval == 0 {
		return defaultInterval
	}
	return b.Interval
}

func (b Balance) start() float64 {
	if b.Start == 0 {
		return defaultStart
	}
	return b.Start
}

func (b Balance) stop() float64 {
	if b.Stop == 0 {
		return defaultStop
	}
	return b.Stop
}

// check returns a [*hash.FieldError] for values out of range.
func (b Balance) check() error {
	float := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	switch {
	case b.Interval != 0 && b.Interval < minInterval:
		return &hash.FieldError{Field: "Balance.Interval", Value: b.Interval.String(), Allowed: "1s or more, or 0 for 10s"}
	case !(b.stop() > 1):
		return &hash.FieldError{Field: "Balance.Stop", Value: float(b.Stop), Allowed: "more than 1, or 0 for 1.03"}
	case !(b.start() >= b.stop()):
		return &hash.FieldError{Field: "Balance.Start", Value: float(b.Start), Allowed: "at least Stop, which is " + float(b.stop()) + ", or 0 for 1.10"}
	case !(b.MinRate >= 0):
		return &hash.FieldError{Field: "Balance.MinRate", Value: float(b.MinRate), Allowed: "0 or more"}
	}
	return nil
}

// balanceState is what the balancer remembers.
type balanceState struct {
	load   []float64 // octets per second by bucket, the mean of the last rate and the load before
	known  bool      // load has been measured
	active bool      // moving buckets, until Stop is reached
	since  time.Time // when the last decision was made
	asked  bool      // workers have been asked for their counters
}

// maxMoves returns the most buckets that move in one interval.
func maxMoves(buckets int) int { return max(4, buckets/64) }

// Limits of one move.
const (
	moveMost  = 1.2  // times the load that evens out two members; more would swap their roles
	moveLeast = 0.75 // times the mean load of a bucket; less is not worth a move
)

// Balance moves buckets from the busiest members to the idlest. octets holds what each bucket
// carried during elapsed. Balance starts when the busiest member is above Balance.Start, and
// continues until it is at most Balance.Stop. It moves the buckets that best even out the two
// members, and never one that would only move the peak to another member. A member that no move
// can relieve, such as one with an elephant flow, is left out, and the others are evened out. It
// is for runtimes that do not count in workers; others call Rebalance.
func (d *Distributor) Balance(octets []uint64, elapsed time.Duration) Change {
	if d.cfg.Select == Modulo || d.cfg.Balance.Off || elapsed <= 0 || len(octets) != len(d.live) {
		return Change{}
	}
	s := &d.balance
	total := 0.0
	for b, n := range octets {
		rate := float64(n) / elapsed.Seconds()
		if s.known {
			rate = (s.load[b] + rate) / 2
		}
		s.load[b] = rate
		total += rate
	}
	s.known = true
	members := d.loads()
	if total <= 0 || total < d.cfg.Balance.MinRate || len(members) < 2 {
		s.active = false
		return Change{}
	}
	d.evenOut(members, moveLeast*total/float64(len(d.live)))
	return d.apply()
}

// evenOut moves buckets with at least the load least from the busiest members to the idlest.
func (d *Distributor) evenOut(members []memberLoad, least float64) {
	s := &d.balance
	wasActive := s.active
	for moves := 0; moves < maxMoves(len(d.live)); {
		busy, idle := extremes(members)
		peak := members[busy].use() / meanLoad(members)
		if peak <= d.cfg.Balance.stop() || !s.active && peak <= d.cfg.Balance.start() {
			s.active = false
			return
		}
		s.active = true
		if d.moveOne(&members[busy], &members[idle], least) {
			moves++
			continue
		}
		members = slices.Delete(members, busy, busy+1)
		s.active = wasActive // the others start by their own peak
		if len(members) < 2 {
			s.active = false
			return
		}
	}
}

// memberLoad is the load of a member that is up.
type memberLoad struct {
	id     int32
	weight float64
	load   float64
}

func (m *memberLoad) use() float64 { return m.load / m.weight }

// loads returns the load of each member that is up.
func (d *Distributor) loads() []memberLoad {
	var members []memberLoad
	for _, m := range d.members {
		if m.Up {
			members = append(members, memberLoad{id: int32(m.ID), weight: float64(m.Weight)})
		}
	}
	for b, id := range d.want {
		for i := range members {
			if members[i].id == id {
				members[i].load += d.balance.load[b]
			}
		}
	}
	return members
}

// meanLoad returns the load of all members divided by their weight.
func meanLoad(members []memberLoad) float64 {
	load, weight := 0.0, 0.0
	for _, m := range members {
		load += m.load
		weight += m.weight
	}
	return load / weight
}

// extremes returns the places of the busiest and the idlest member.
func extremes(members []memberLoad) (busy, idle int) {
	for i := range members {
		if use := members[i].use(); use > members[busy].use() {
			busy = i
		} else if use < members[idle].use() {
			idle = i
		}
	}
	return busy, idle
}

// moveOne moves the bucket that evens out the two members best. It returns false if no bucket
// helps.
func (d *Distributor) moveOne(busy, idle *memberLoad, least float64) bool {
	even := (busy.load*idle.weight - idle.load*busy.weight) / (busy.weight + idle.weight)
	best, bestOff := none, even
	for b, id := range d.want {
		load := d.balance.load[b]
		if id != busy.id || load < least || load > even*moveMost {
			continue
		}
		if off := max(load-even, even-load); off < bestOff {
			best, bestOff = b, off
		}
	}
	if best == none {
		return false
	}
	load := d.balance.load[best]
	busy.load -= load
	idle.load += load
	d.want[best], d.home[best] = idle.id, d.newHome(best, idle.id)
	return true
}

// newHome returns the home of bucket b once the balancer has moved it: its new member, unless
// the bucket was away from home.
func (d *Distributor) newHome(b int, to int32) int32 {
	if d.home[b] == d.want[b] || d.home[b] == to {
		return to
	}
	return d.home[b]
}
