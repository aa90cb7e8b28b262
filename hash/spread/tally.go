package spread

import (
	"cmp"
	"slices"

	"github.com/lagkit/lagkit/hash"
)

// A Load is traffic.
type Load struct{ Frames, Octets uint64 }

func (l *Load) add(o Load) {
	l.Frames += o.Frames
	l.Octets += o.Octets
}

// A Tally counts frames by their hash, to see how tables would spread them. It
// takes memory for each different hash.
type Tally struct {
	hasher hash.Hasher
	loads  map[uint32]Load
	total  Load
}

// NewTally returns an empty Tally.
func NewTally(h hash.Hasher) *Tally { return &Tally{hasher: h, loads: map[uint32]Load{}} }

// Add counts a frame of so many octets, which may be more than there are in frame
// when a capture has cut it.
func (t *Tally) Add(frame []byte, octets int) {
	sum := t.hasher.Sum32(frame)
	l := t.loads[sum]
	l.add(Load{1, uint64(max(octets, 0))})
	t.loads[sum] = l
	t.total.add(Load{1, uint64(max(octets, 0))})
}

// Total returns everything counted.
func (t *Tally) Total() Load { return t.total }

// Hashes returns how many different hashes were counted: flows, or a few less.
func (t *Tally) Hashes() int { return len(t.loads) }

// Members returns the load of each member that s has, in its order.
func (t *Tally) Members(s *Snapshot) []MemberLoad {
	var members []MemberLoad
	place := map[int]int{}
	var weights uint64
	for i, m := range s.upMembers() {
		members = append(members, MemberLoad{ID: m.ID, Weight: m.Weight})
		place[int(m.ID)] = i
		weights += uint64(m.Weight)
	}
	for sum, l := range t.loads {
		if m, ok := s.Pick(sum); ok {
			members[place[m]].Load.add(l)
		}
	}
	for i := range members {
		m := &members[i]
		if t.total.Octets > 0 {
			m.Share = float64(m.Octets) / float64(t.total.Octets)
		}
		m.Due = float64(m.Weight) / float64(weights)
	}
	return members
}

// Buckets returns the load of the buckets of s, the heaviest first, n at most and
// without empty ones.
func (t *Tally) Buckets(s *Snapshot, n int) []BucketLoad {
	all := make([]BucketLoad, s.Buckets())
	for sum, l := range t.loads {
		if b := s.Bucket(sum); b >= 0 {
			all[b].Load.add(l)
			all[b].Hashes++
		}
	}
	for b := range all {
		m, _ := s.BucketMember(b)
		all[b].Bucket, all[b].Member = uint16(b), uint16(m)
	}
	all = slices.DeleteFunc(all, func(b BucketLoad) bool { return b.Frames == 0 })
	slices.SortStableFunc(all, func(a, b BucketLoad) int { return cmp.Compare(b.Octets, a.Octets) })
	return all[:min(n, len(all))]
}

// Moves returns what takes another member with after than with before: of the
// member lost, and of others, which need not have moved.
func (t *Tally) Moves(before, after *Snapshot, lost uint16) (own, others Load) {
	for sum, l := range t.loads {
		from, ok := before.Pick(sum)
		to, still := after.Pick(sum)
		switch {
		case !ok || still && from == to:
		case from == int(lost):
			own.add(l)
		default:
			others.add(l)
		}
	}
	return own, others
}

// maxMean is the greatest load of a member, relative to its weight, over the mean of
// all, in octets. 0 when there is none.
func maxMean(members []MemberLoad) float64 {
	most := 0.0
	total := 0.0
	for _, m := range members {
		if m.Due > 0 {
			most = max(most, m.Share/m.Due)
		}
		total += m.Share
	}
	if total == 0 {
		return 0
	}
	return most / total
}
