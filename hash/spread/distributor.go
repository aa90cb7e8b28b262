package spread

import (
	"math/bits"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// Selection is the way from a hash to a member.
type Selection uint8

const (
	// Resilient maps hashes to buckets and buckets to members: members get
	// shares by their weight, and only the buckets of a lost member move. The
	// default.
	Resilient Selection = iota
	// Modulo is Linux's choice: the hash modulo the number of members that are
	// up, in order. Weights do not count, and a change moves most flows.
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
	// ID is the caller's number for it, different for each.
	ID uint16
	// Weight is its share relative to the others: its speed, in any unit that is
	// the same for all. 0 counts as 1.
	Weight uint32
	// Up says that it can carry frames.
	Up bool
}

// DistributorConfig configures a [Distributor]. Its zero value is a resilient one
// with 1,024 buckets, whose changes are in force at once.
type DistributorConfig struct {
	Select Selection
	// Buckets is a power of two, 64 to 4096. 0 means 1024. More buckets follow
	// the weights more exactly. Modulo has none.
	Buckets int
	// Hold keeps moves that could wait, which are all but those off a lost
	// member, until Release: so that the caller can let a bucket run dry or
	// flush it by a Marker first, and no frame overtakes another.
	Hold bool
	// Balance says when load moves buckets.
	Balance Balance
}

// A Move is the change of a bucket's member.
type Move struct {
	Bucket   uint16
	From, To uint16 // members
}

// A Change is what a call on a Distributor did.
type Change struct {
	// Moved are in force. Buckets that had no member before, because none was up,
	// are not among them.
	Moved []Move
	// Held wait for Release.
	Held []Move
	// Remapped: with Modulo, any flow may have moved.
	Remapped bool
}

// A ConfigError reports a value that a Distributor cannot take.
type ConfigError struct {
	// Field is what it was for, Value the value, Want what is allowed.
	Field, Value, Want string
}

// Error names field, value and what is allowed.
func (e *ConfigError) Error() string {
	return "hash: " + e.Field + " is " + e.Value + ": want " + e.Want
}

// none is no member.
const none = -1

// A Distributor spreads frames over the members of a group. It is split in two: the
// data path uses [Snapshot], or a [Worker] each, from any goroutine; all other
// calls are control's, from one goroutine at a time.
type Distributor struct {
	snapshot atomic.Pointer[Snapshot]
	epoch    atomic.Uint32 // workers hand over their counters when it moves on

	hasher  hash.Hasher
	cfg     DistributorConfig
	members []Member
	// Per bucket: home is the member that the weights and the balancer give it,
	// want where it belongs while members are down, live what is in force.
	home, want, live []int32
	workers          []*Worker
	balance          balanceState
}

// NewDistributor returns a Distributor without members. It fails with a
// [*ConfigError].
func NewDistributor(h hash.Hasher, cfg DistributorConfig) (*Distributor, error) {
	if cfg.Buckets == 0 {
		cfg.Buckets = DefaultBuckets
	}
	if cfg.Select > Modulo {
		return nil, &ConfigError{"Select", cfg.Select.String(), "Resilient or Modulo"}
	}
	if cfg.Buckets < MinBuckets || cfg.Buckets > MaxBuckets || bits.OnesCount(uint(cfg.Buckets)) != 1 {
		return nil, &ConfigError{"Buckets", strconv.Itoa(cfg.Buckets), "a power of two, 64 to 4096"}
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

// Snapshot returns what is in force now. Take one per batch, so that no batch sees
// half a change.
func (d *Distributor) Snapshot() *Snapshot { return d.snapshot.Load() }

// Update says which members there are, in the order that Modulo counts them, and
// which are up. The loss of a member moves its buckets, to the members that are
// furthest below their shares, and no other; when it returns it gets the same
// buckets back. A member that is added or removed, or a weight that changes, moves
// as few buckets as the new shares need. It fails with a [*ConfigError], and then
// changes nothing.
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

// check refuses members that cannot be told apart or are too many.
func (d *Distributor) check(members []Member) error {
	limit := 1 << 16
	if d.cfg.Select == Resilient {
		limit = d.cfg.Buckets
	}
	if len(members) > limit {
		return &ConfigError{"number of members", strconv.Itoa(len(members)), "at most " + strconv.Itoa(limit)}
	}
	seen := make(map[uint16]bool, len(members))
	for _, m := range members {
		if seen[m.ID] {
			return &ConfigError{"member ID", strconv.Itoa(int(m.ID)) + " twice", "each ID once"}
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

// joined reports whether a member is up that was not.
func joined(before, after []Member) bool {
	return slices.ContainsFunc(after, func(m Member) bool {
		return m.Up && !slices.ContainsFunc(before, func(o Member) bool { return o.ID == m.ID && o.Up })
	})
}

// apply puts into force what cannot wait, or everything without Hold.
func (d *Distributor) apply() Change {
	var c Change
	up := d.upIDs()
	for b, to := range d.want {
		from := d.live[b]
		if from == to {
			continue
		}
		m := Move{uint16(b), uint16(from), uint16(to)}
		switch {
		case from == none:
			d.live[b] = to
		case d.cfg.Hold && up[from]:
			c.Held = append(c.Held, m)
		case to == none: // nothing carries it
			d.live[b] = to
		default:
			d.live[b] = to
			c.Moved = append(c.Moved, m)
		}
	}
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

// Held returns the moves that wait for Release.
func (d *Distributor) Held() []Move {
	var held []Move
	for b, to := range d.want {
		if from := d.live[b]; from != to {
			held = append(held, Move{uint16(b), uint16(from), uint16(to)})
		}
	}
	return held
}

// Release puts the moves of these buckets into force and returns them. Buckets
// whose move has been called off in the meantime, or that there are none of, are
// passed over.
func (d *Distributor) Release(buckets ...uint16) []Move {
	var moved []Move
	for _, b := range buckets {
		if int(b) >= len(d.live) || d.live[b] == d.want[b] {
			continue
		}
		moved = append(moved, Move{b, uint16(d.live[b]), uint16(d.want[b])})
		d.live[b] = d.want[b]
	}
	if len(moved) > 0 {
		d.publish()
	}
	return moved
}

// Away returns how many buckets are not at home, for statistics.
func (d *Distributor) Away() int {
	n := 0
	for b, id := range d.live {
		if id != d.home[b] {
			n++
		}
	}
	return n
}

// Rebalance folds the counters of the workers and moves buckets where their load
// calls for it. Call it some ten times per interval: when one is over a call asks
// the workers for their counters, which they hand over with their next batch, and
// the call after that decides. With Modulo it does nothing.
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
