package spread

import (
	"math/bits"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// Selection is how a Distributor maps a hash to a member.
type Selection uint8

const (
	// Resilient maps hashes to buckets and buckets to members. Members get
	// shares by their weight, and only the buckets of a lost member move. It is
	// the default.
	Resilient Selection = iota
	// Modulo takes the hash modulo the number of members that are up, in order,
	// as Linux does. It ignores weights, and a change moves most flows.
	Modulo
)

// String returns "resilient" or "modulo".
func (s Selection) String() string {
	switch s {
	case Resilient:
		return "resilient"
	case Modulo:
		return "modulo"
	}
	return "Selection(" + strconv.Itoa(int(s)) + ")"
}

// A Member is a link of the group.
type Member struct {
	// ID is the caller's number for the member. Each member needs a different one.
	ID uint16
	// Weight is the member's share relative to the others: its speed, in any unit
	// that is the same for all. 0 counts as 1.
	Weight uint32
	// Up reports whether the member can carry frames.
	Up bool
}

// DistributorConfig configures a [Distributor]. Its zero value selects Resilient with 1,024
// buckets.
type DistributorConfig struct {
	Select Selection
	// Buckets is the number of buckets, a power of two from 64 to 4096. 0 means
	// 1024. More buckets follow the weights more exactly. Modulo has no buckets.
	Buckets int
	// Balance configures when load moves buckets.
	Balance Balance
}

// A Move is the change of a bucket's member.
type Move struct {
	Bucket   uint16
	From, To uint16 // members
}

// A Change is what a call on a Distributor did.
type Change struct {
	// Moved are the moves that took effect. They leave out buckets that had no
	// member before because no member was up.
	Moved []Move
	// Remapped reports that any flow may have moved. Only Modulo sets it.
	Remapped bool
}

// none means that a bucket has no member.
const none = -1

// A Distributor spreads frames over the members of a group. Two sides use it. The data path
// uses a [Snapshot] from any goroutine, or one [Worker] per goroutine. Control makes all other
// calls, from one goroutine at a time.
type Distributor struct {
	snapshot atomic.Pointer[Snapshot]
	epoch    atomic.Uint32 // workers hand over their counters when it changes

	hasher  hash.Hasher
	cfg     DistributorConfig
	members []Member
	// These hold a member per bucket: home is the one that the weights and the balancer
	// give it, want the one it belongs to while members are down, and live the one in use.
	home, want, live []int32
	workers          []*Worker
	balance          balanceState
}

// NewDistributor returns a Distributor without members. Its error is a [*hash.FieldError].
func NewDistributor(h hash.Hasher, cfg DistributorConfig) (*Distributor, error) {
	if cfg.Buckets == 0 {
		cfg.Buckets = DefaultBuckets
	}
	if cfg.Select > Modulo {
		return nil, &hash.FieldError{Field: "Select", Value: cfg.Select.String(), Allowed: "Resilient or Modulo"}
	}
	if cfg.Buckets < MinBuckets || cfg.Buckets > MaxBuckets || bits.OnesCount(uint(cfg.Buckets)) != 1 {
		return nil, &hash.FieldError{Field: "Buckets", Value: strconv.Itoa(cfg.Buckets), Allowed: "a power of two, 64 to 4096"}
	}
	if err := cfg.Balance.check(); err != nil {
		return nil, err
	}
	d := &Distributor{hasher: h, cfg: cfg}
	if cfg.Select == Resilient {
		for _, table := range []*[]int32{&d.home, &d.want, &d.live} {
			*table = slices.Repeat([]int32{none}, cfg.Buckets)
		}
		d.balance.load = make([]float64, cfg.Buckets)
	}
	d.snapshot.Store(&Snapshot{hasher: h})
	return d, nil
}

// Snapshot returns the current Snapshot. Take one per batch, so that no batch sees half a
// change.
func (d *Distributor) Snapshot() *Snapshot { return d.snapshot.Load() }

// Update sets the members and which of them are up. Modulo counts them in this order. The loss
// of a member moves only its own buckets, to the members furthest below their shares; when the
// member returns, it gets the same buckets back. An added or removed member or a changed weight
// moves as few buckets as the new shares need. The error is a [*hash.FieldError]; in that case
// nothing changes.
func (d *Distributor) Update(members []Member) (Change, error) {
	if err := d.check(members); err != nil {
		return Change{}, err
	}
	before := d.members
	d.members = slices.Clone(members)
	for i := range d.members {
		d.members[i].Weight = max(d.members[i].Weight, 1)
	}
	if d.cfg.Select == Modulo {
		return d.updateModulo(before), nil
	}
	if !sameShares(before, d.members) {
		d.rehome()
	}
	d.place(joined(before, d.members))
	return d.apply(), nil
}

// Adopt is the first Update of a Distributor that goes on where another has stopped, for example in
// another process. buckets are the members of the other's buckets, as Snapshot.BucketMember returns
// them. As long as all members are up and have all of the buckets, none moves, whatever their load
// has moved before. The error is a [*hash.FieldError]; nothing changes then.
func (d *Distributor) Adopt(members []Member, buckets []uint16) error {
	if d.cfg.Select == Modulo || len(buckets) != len(d.home) {
		return &hash.FieldError{Field: "buckets", Value: strconv.Itoa(len(buckets)), Allowed: strconv.Itoa(len(d.home))}
	}
	if err := d.check(members); err != nil {
		return err
	}
	for b, id := range buckets {
		d.home[b], d.want[b] = int32(id), int32(id)
	}
	d.members = slices.Clone(members)
	for i := range d.members {
		d.members[i].Weight = max(d.members[i].Weight, 1)
	}
	strange := func(id uint16) bool {
		return !slices.ContainsFunc(members, func(m Member) bool { return m.ID == id && m.Up })
	}
	// A member that is down has a share too, for when it returns.
	if len(onlyUp(members)) < len(members) || slices.ContainsFunc(buckets, strange) {
		d.rehome()
	}
	d.place(false)
	d.apply()
	return nil
}

// check refuses duplicate IDs and too many members.
func (d *Distributor) check(members []Member) error {
	limit := 1 << 16
	if d.cfg.Select == Resilient {
		limit = d.cfg.Buckets
	}
	if len(members) > limit {
		return &hash.FieldError{Field: "number of members", Value: strconv.Itoa(len(members)), Allowed: "at most " + strconv.Itoa(limit)}
	}
	seen := make(map[uint16]bool, len(members))
	for _, m := range members {
		if seen[m.ID] {
			return &hash.FieldError{Field: "member ID", Value: strconv.Itoa(int(m.ID)) + " twice", Allowed: "each ID once"}
		}
		seen[m.ID] = true
	}
	return nil
}

// updateModulo publishes the table of the members that are up.
func (d *Distributor) updateModulo(before []Member) Change {
	s := &Snapshot{hasher: d.hasher, up: onlyUp(d.members)}
	was, is := (&Snapshot{up: onlyUp(before)}).Members(), s.Members()
	s.table = NewTable(is)
	d.snapshot.Store(s)
	return Change{Remapped: !slices.Equal(was, is)}
}

// onlyUp returns the members that are up.
func onlyUp(members []Member) (up []Member) {
	for _, m := range members {
		if m.Up {
			up = append(up, m)
		}
	}
	return up
}

// sameShares reports whether both have the same members and weights.
func sameShares(a, b []Member) bool {
	return slices.EqualFunc(a, b, func(x, y Member) bool { return x.ID == y.ID && x.Weight == y.Weight })
}

// joined reports whether a member is up that was not up before.
func joined(before, after []Member) bool {
	return slices.ContainsFunc(after, func(m Member) bool {
		return m.Up && !slices.ContainsFunc(before, func(o Member) bool { return o.ID == m.ID && o.Up })
	})
}

// apply puts the buckets where they belong.
func (d *Distributor) apply() Change {
	var c Change
	for b, to := range d.want {
		from := d.live[b]
		if from != to && from != none && to != none {
			c.Moved = append(c.Moved, Move{uint16(b), uint16(from), uint16(to)})
		}
	}
	copy(d.live, d.want)
	d.publish()
	return c
}

// upIDs returns the ids that are up.
func (d *Distributor) upIDs() map[int32]bool {
	up := make(map[int32]bool, len(d.members))
	for _, m := range d.members {
		if m.Up {
			up[int32(m.ID)] = true
		}
	}
	return up
}

// publish makes the live table the snapshot.
func (d *Distributor) publish() {
	if d.live[0] == none { // then no bucket has a member
		d.snapshot.Store(&Snapshot{hasher: d.hasher})
		return
	}
	d.snapshot.Store(newSnapshot(d.hasher, onlyUp(d.members), d.live))
}

// Away returns how many buckets are not at home. It is for statistics.
func (d *Distributor) Away() int {
	n := 0
	for b, id := range d.live {
		if id != d.home[b] {
			n++
		}
	}
	return n
}

// Rebalance adds up the counters of the workers and moves buckets if their load requires it.
// Call it about ten times per interval. After an interval has passed, one call asks the workers
// for their counters, the workers hand them over with their next batch, and the next call
// decides. With Modulo it does nothing.
func (d *Distributor) Rebalance(now time.Time) Change {
	if d.cfg.Select == Modulo || d.cfg.Balance.Off {
		return Change{}
	}
	s := &d.balance
	switch {
	case s.since.IsZero():
		s.since = now
	case !s.asked && now.Sub(s.since) >= d.cfg.Balance.interval():
		s.asked = true
		d.epoch.Add(1)
	case s.asked:
		octets := d.collect()
		c := d.Balance(octets, now.Sub(s.since))
		s.since, s.asked = now, false
		return c
	}
	return Change{}
}
