package spread

import (
	"math/bits"

	"github.com/lagkit/lagkit/hash"
)

// The least, the most and the default number of buckets of a Distributor. The number is a
// power of two.
const (
	MinBuckets     = 64
	MaxBuckets     = 4096
	DefaultBuckets = 1024
)

// A Snapshot is the state of a [Distributor] at one time. The data path uses it to map a frame
// to its hash, bucket and member. It never changes. A nil Snapshot has no members.
type Snapshot struct {
	hasher hash.Hasher
	up     []Member // the members that are up, in the order of Update
	table  *Table   // for Modulo, nil otherwise
	// member holds the id of each bucket's member. It always has the largest
	// length, so that an index needs no check.
	member  *[MaxBuckets]uint16
	buckets int   // 0 with Modulo or without members
	shift   uint8 // maps a spread hash to a bucket
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

// shiftOf returns how many bits a spread hash is shifted to the right to get its bucket.
func shiftOf(buckets int) uint8 { return uint8(32 - bits.Len(uint(buckets-1))) }

// defaultShift is shiftOf(DefaultBuckets). DefaultBuckets is 2 to the power of 10.
const defaultShift = 32 - 10

// spread moves the differences between hashes to the upper bits, which the policies of Linux
// hardly use. Different hashes stay different.
func spread(sum uint32) uint32 { return sum * 0x9e3779b1 }

// Hasher returns the Hasher for the frames.
func (s *Snapshot) Hasher() hash.Hasher {
	if s == nil {
		return hash.Hasher{}
	}
	return s.hasher
}

// Buckets returns the number of buckets. It is 0 with Modulo or without members.
func (s *Snapshot) Buckets() int {
	if s == nil {
		return 0
	}
	return s.buckets
}

// Bucket returns the bucket of a hash, or -1 without buckets.
func (s *Snapshot) Bucket(sum uint32) int {
	if s.Buckets() == 0 {
		return -1
	}
	return int(spread(sum) >> s.shift)
}

// BucketMember returns the member of a bucket. ok is false if the bucket does not exist.
func (s *Snapshot) BucketMember(bucket int) (member int, ok bool) {
	if bucket < 0 || bucket >= s.Buckets() {
		return 0, false
	}
	return int(s.member[bucket]), true
}

// Pick returns the member that carries frames with this hash. ok is false without members.
func (s *Snapshot) Pick(sum uint32) (member int, ok bool) {
	switch {
	case s == nil:
		return 0, false
	case s.buckets > 0:
		return int(s.member[spread(sum)>>s.shift&(MaxBuckets-1)]), true
	}
	return s.table.Pick(sum)
}

// empty reports whether s has no member to pick.
func (s *Snapshot) empty() bool {
	return s == nil || s.buckets == 0 && (s.table == nil || len(s.table.members) == 0)
}

// PickFrame returns the member that carries a frame. ok is false without members.
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

// Explain returns how s gets the hash, the bucket and the member of a frame.
func (s *Snapshot) Explain(frame []byte) *hash.Trace {
	t := s.Hasher().Explain(frame)
	t.Bucket = s.Bucket(t.Hash)
	var member int
	member, t.Picked = s.Pick(t.Hash)
	t.Member = uint16(member)
	return t
}
