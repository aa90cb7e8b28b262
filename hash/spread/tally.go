package spread

import (
	"cmp"
	"slices"

	"github.com/lagkit/lagkit/hash"
)

// A Load is an amount of traffic.
type Load struct{ Frames, Octets uint64 }

func (l *Load) add(o Load) {
	l.Frames += o.Frames
	l.Octets += o.Octets
}

// A Tally counts frames by their hash, to find out how tables would spread them. It needs
// memory for each different hash.
type Tally struct {
	hasher hash.Hasher
	loads  map[uint32]Load
	total  Load
}

// NewTally returns an empty Tally.
func NewTally(h hash.Hasher) *Tally { return &Tally{hasher: h, loads: map[uint32]Load{}} }

// Add counts a frame. octets is the frame's original length, which may be more than len(frame)
// if a capture has cut it. A negative octets counts as 0.
func (t *Tally) Add(frame []byte, octets int) {
	sum := t.hasher.Sum32(frame)
	l := t.loads[sum]
	l.add(Load{1, uint64(max(octets, 0))})
	t.loads[sum] = l
	t.total.add(Load{1, uint64(max(octets, 0))})
}

// Total returns the load of all counted frames.
func (t *Tally) Total() Load { return t.total }

// Hashes returns the number of different hashes: the flows, or slightly fewer.
func (t *Tally) Hashes() int { return len(t.loads) }

// Members returns the load of each member that is up in s, in the order of s.
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

// Buckets returns the load of at most n buckets of s, the highest first. It leaves out empty
// buckets.
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

// Moves returns the load that changes its member from before to after. own is the load of the
// lost member, and others that of other members, which did not have to move.
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

// maxMean returns the highest load of a member divided by the mean of all, both in octets and
// relative to weight. It is 0 without load.
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
