package shares

import (
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

var start = time.Unix(1000, 0)

// port stands for a member.
type port struct{ link.Port }

// newPlan returns a plan with members that distribute.
func newPlan(t *testing.T, members int) *plane.Plan {
	t.Helper()
	h, err := hash.New(hash.Layer34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &plane.Plan{Hash: h, CountBuckets: true}
	for range members {
		p.Members = append(p.Members, plane.Member{Port: port{}, Distributing: true})
	}
	return p
}

// counts returns how many buckets each member has.
func counts(p *plane.Plan) []int {
	n := make([]int, len(p.Members))
	for _, id := range p.Buckets {
		n[id]++
	}
	return n
}

func even(uint16) uint32 { return 1 }

func TestBucketsFollowTheWeights(t *testing.T) {
	var s Shares
	p := newPlan(t, 3)
	s.Place(p, func(id uint16) uint32 { return []uint32{1, 1, 2}[id] })
	if got, want := counts(p), []int{256, 256, 512}; !slices.Equal(got, want) {
		t.Errorf("buckets by member: %v, want %v", got, want)
	}
}

func TestPlanGetsTheBucketsThatItsPlaneHas(t *testing.T) {
	s := Shares{Buckets: 256}
	p := newPlan(t, 3)
	s.Place(p, func(id uint16) uint32 { return []uint32{1, 1, 2}[id] })
	if got, want := counts(p), []int{64, 64, 128}; !slices.Equal(got, want) {
		t.Errorf("buckets by member: %v, want %v", got, want)
	}
}

func TestOnlyTheBucketsOfALostMemberMove(t *testing.T) {
	var s Shares
	p := newPlan(t, 4)
	s.Place(p, even)
	before := p.Buckets
	p.Members[2].Distributing = false
	s.Place(p, even)
	for i, id := range p.Buckets {
		if id == 2 || before[i] != 2 && id != before[i] {
			t.Fatalf("bucket %d went from %d to %d, want only those of 2 to move", i, before[i], id)
		}
	}
}

// counter is a plane whose counters the test sets.
type counter []uint64

func (c *counter) BucketOctets() []uint64 { return slices.Clone(*c) }

func TestBalanceMovesBucketsOfABusyMemberOnceAnInterval(t *testing.T) {
	var s Shares
	p, c := newPlan(t, 2), make(counter, 1024)
	s.Place(p, even)
	s.Measure(start, &c, p, time.Second)
	for i, id := range p.Buckets {
		if id == 0 {
			c[i] = 100_000
		}
	}
	if moved, ok := s.Balance(start.Add(time.Second - 1)); moved != 0 || !ok {
		t.Errorf("before the end of the interval: %d moved, %v, want none", moved, ok)
	}
	if !s.Next().Equal(start.Add(time.Second)) {
		t.Errorf("Next() = %v, want the end of the interval", s.Next())
	}
	moved, ok := s.Balance(start.Add(time.Second))
	if moved == 0 || !ok {
		t.Fatalf("at the end of the interval: %d moved, %v, want some", moved, ok)
	}
	before := counts(p)
	s.Place(p, even)
	if after := counts(p); after[1] != before[1]+moved {
		t.Errorf("buckets by member: %v, then %v, want %d more on the idle one", before, after, moved)
	}
}

func TestMeasureStopsAndStartsAgain(t *testing.T) {
	var s Shares
	p, c := newPlan(t, 2), make(counter, 1024)
	s.Place(p, even)
	s.Measure(start, &c, p, time.Second)
	s.Measure(start.Add(500*time.Millisecond), &c, p, time.Second)
	if want := start.Add(time.Second); !s.Next().Equal(want) {
		t.Errorf("measured again without a change: next at %v, want %v", s.Next(), want)
	}
	s.Measure(start.Add(500*time.Millisecond), &c, p, 2*time.Second)
	if want := start.Add(2500 * time.Millisecond); !s.Next().Equal(want) || s.Interval() != 2*time.Second {
		t.Errorf("with another interval: next at %v, want %v", s.Next(), want)
	}
	c = c[:512]
	if _, ok := s.Balance(start.Add(2500 * time.Millisecond)); ok {
		t.Error("Balance() = true with counters that do not continue those before, want false")
	}
	s.Measure(start, &c, nil, time.Second)
	if !s.Next().IsZero() || s.Interval() != 0 {
		t.Errorf("without a plan: next at %v, want nothing measured", s.Next())
	}
	if moved, ok := s.Balance(start.Add(time.Hour)); moved != 0 || !ok {
		t.Errorf("nothing measured: %d moved, %v, want none", moved, ok)
	}
}

func TestUnknownSpeedCountsAsTheSlowest(t *testing.T) {
	for _, c := range []struct {
		speed uint32
		all   []uint32
		want  uint32
	}{
		{1000, []uint32{1000, 100}, 1000},
		{0, []uint32{0, 1000, 100, 10000}, 100},
		{0, []uint32{0, 0}, 1},
		{0, nil, 1},
	} {
		if got := BySpeed(c.speed, c.all); got != c.want {
			t.Errorf("BySpeed(%d, %v) = %d, want %d", c.speed, c.all, got, c.want)
		}
	}
}
