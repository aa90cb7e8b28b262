package spread

import (
	"math/bits"

	"github.com/lagkit/lagkit/hash"
)

// The numbers of buckets a Distributor can have: powers of two.
const (
	MinBuckets     = 64
	MaxBuckets     = 4096
	DefaultBuckets = 1024
)

// A Snapshot is what a [Distributor] has decided, for the data path: frame -> hash
// -> bucket -> member. It never changes. A nil Snapshot has no members.
type Snapshot struct {
	hasher hash.Hasher
	up     []Member // that are up, in the order of Update
	table  *Table   // of Modulo, nil otherwise
	// member holds the id of each bucket's member. It has its greatest length
	// always, so that an index needs no check.
	member  *[MaxBuckets]uint16
	buckets int   // 0: nothing can be picked
	shift   uint8 // takes a spread hash to a bucket
}

// newSnapshot returns the snapshot of a bucket table.
func newSnapshot(h hash.Hasher, up []Member, live []int32) *Snapshot {
	s := &Snapshot{
		hasher: h, up: up, member: new([MaxBuckets]uint16),
		buckets: len(live), shift: shiftOf(len(live)),
	}
	for b, id := range live {
		s.member[b] = uint16(id)
	}
	return s
}

// shiftOf returns by how much a spread hash is shifted for so many buckets.
func shiftOf(buckets int) uint8 { return uint8(32 - bits.Len(uint(buckets-1))) }

// defaultShift is that for DefaultBuckets, which is 2 to the power of 10.
const defaultShift = 32 - 10

// spread moves what differs between hashes to the upper bits, which the policies
// of Linux hardly use. It loses nothing: different hashes stay different.
func spread(sum uint32) uint32 { return sum * 0x9e3779b1 }

// Hasher returns what hashes the frames.
func (s *Snapshot) Hasher() hash.Hasher {
	if s == nil {
		return hash.Hasher{}
	}
	return s.hasher
}

// Buckets returns how many buckets there are, 0 with Modulo or without members.
func (s *Snapshot) Buckets() int {
	if s == nil {
		return 0
	}
	return s.buckets
}

// Bucket returns the bucket of a hash, or -1 when there are none.
func (s *Snapshot) Bucket(sum uint32) int {
	if s.Buckets() == 0 {
		return -1
	}
	return int(spread(sum) >> s.shift)
}

// BucketMember returns the member of a bucket, false when there is no such bucket.
func (s *Snapshot) BucketMember(bucket int) (member int, ok bool) {
	if bucket < 0 || bucket >= s.Buckets() {
		return 0, false
	}
	return int(s.member[bucket]), true
}

// Pick returns the member that carries frames with this hash. ok is false when
// there is none.
func (s *Snapshot) Pick(sum uint32) (member int, ok bool) {
	switch {
	case s == nil:
		return 0, false
	case s.buckets > 0:
		return int(s.member[spread(sum)>>s.shift&(MaxBuckets-1)]), true
	}
	return s.table.Pick(sum)
}

// empty reports whether nothing can be picked.
func (s *Snapshot) empty() bool {
	return s == nil || s.buckets == 0 && (s.table == nil || len(s.table.members) == 0)
}

// PickFrame is Pick for the hash of a frame.
func (s *Snapshot) PickFrame(frame []byte) (member int, ok bool) {
	if s == nil {
		return 0, false
	}
	return s.Pick(s.hasher.Sum32(frame))
}

// Members returns the ids of the members that are up, in the order of Update.
func (s *Snapshot) Members() []uint16 {
	var ids []uint16
	for _, m := range s.upMembers() {
		ids = append(ids, m.ID)
	}
	return ids
}

func (s *Snapshot) upMembers() []Member {
	if s == nil {
		return nil
	}
	return s.up
}

// Explain returns how a frame comes to its hash, its bucket and its member.
func (s *Snapshot) Explain(frame []byte) *hash.Trace {
	t := s.Hasher().Explain(frame)
	t.Bucket = s.Bucket(t.Hash)
	var member int
	member, t.Picked = s.Pick(t.Hash)
	t.Member = uint16(member)
	return t
}
