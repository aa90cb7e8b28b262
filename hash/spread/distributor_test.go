package spread_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

// withDown returns a copy of members with some of them down.
func withDown(members []spread.Member, down ...uint16) []spread.Member {
	m := slices.Clone(members)
	for i := range m {
		m[i].Up = !slices.Contains(down, m[i].ID)
	}
	return m
}

// bucketsOf returns the member of each bucket of a snapshot.
func bucketsOf(s *spread.Snapshot) []int {
	t := make([]int, s.Buckets())
	for b := range t {
		t[b], _ = s.BucketMember(b)
	}
	return t
}

func set(t *testing.T, d *spread.Distributor, members []spread.Member) spread.Change {
	t.Helper()
	c, err := d.Update(members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLeaveMovesTheLostShareOnly checks that the loss of a member moves only its share, and that
// its return undoes this, for many sizes and weights. The list of moves must match the change.
func TestLeaveMovesTheLostShareOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 23))
	for _, n := range []int{2, 3, 4, 7, 8, 16} {
		members := equalMembers(n)
		for i := range members {
			members[i].Weight = pick(r, uint32(1000), 1000, 2500, 10000)
		}
		d := distributor(t, spread.DistributorConfig{}, members)
		before := bucketsOf(d.Snapshot())
		for lost := range n {
			c := set(t, d, withDown(members, uint16(lost)))
			during := bucketsOf(d.Snapshot())
			listed := map[int]spread.Move{}
			for _, m := range c.Moved {
				listed[int(m.Bucket)] = m
			}
			for b := range before {
				m, moved := listed[b]
				if (before[b] == lost) != moved || !moved && during[b] != before[b] {
					t.Fatalf("%d members, %d lost: bucket %d from %d to %d, listed %v", n, lost, b, before[b], during[b], moved)
				}
				if moved && (int(m.From) != lost || int(m.To) != during[b] || during[b] == lost) {
					t.Fatalf("bucket %d: %+v, but the table says %d", b, m, during[b])
				}
			}
			if off := shareOff(d.Snapshot(), withDown(members, uint16(lost))); off > 1 {
				t.Errorf("%d members, %d lost: a share is off by %.1f buckets, want at most 1", n, lost, off)
			}
			back := set(t, d, members)
			if len(back.Moved) != len(c.Moved) || d.Away() != 0 || !slices.Equal(bucketsOf(d.Snapshot()), before) {
				t.Errorf("%d members, %d back: %d moved, want %d; %d away from home", n, lost, len(back.Moved), len(c.Moved), d.Away())
			}
		}
	}
}

// shareOff returns the largest difference between the buckets of a member that is up and what
// it is due. shareError returns the same relative to what it is due.
func shareOff(s *spread.Snapshot, members []spread.Member) float64 {
	off, _ := shareErrors(s, members)
	return off
}

func shareError(s *spread.Snapshot, members []spread.Member) float64 {
	_, relative := shareErrors(s, members)
	return relative
}

func shareErrors(s *spread.Snapshot, members []spread.Member) (off, relative float64) {
	have, total := map[int]float64{}, 0.0
	for _, m := range bucketsOf(s) {
		have[m]++
	}
	for _, m := range members {
		if m.Up {
			total += float64(m.Weight)
		}
	}
	for _, m := range members {
		if m.Up {
			due := float64(m.Weight) / total * float64(s.Buckets())
			off = max(off, math.Abs(have[int(m.ID)]-due))
			relative = max(relative, math.Abs(have[int(m.ID)]/due-1))
		}
	}
	return off, relative
}

// TestWeights checks that shares follow the speeds of the links, also with members down.
func TestWeights(t *testing.T) {
	for _, c := range []struct {
		buckets int
		weights []uint32
		within  float64
	}{
		{1024, []uint32{1000, 2500, 10000, 25000}, 0.02},
		{4096, []uint32{1000, 2500, 10000, 25000}, 0.005},
		{1024, []uint32{10, 40, 100}, 0.01},
		{1024, []uint32{1, 100}, 0.02},
		{1024, []uint32{1, 1, 1, 1, 1, 1, 1}, 0.006},
		{1024, []uint32{0, 0, 0}, 0.006},
	} {
		var members []spread.Member
		for i, w := range c.weights {
			members = append(members, spread.Member{ID: uint16(i), Weight: w, Up: true})
		}
		d := distributor(t, spread.DistributorConfig{Buckets: c.buckets}, members)
		for i := range members {
			members[i].Weight = max(members[i].Weight, 1)
		}
		off := shareError(d.Snapshot(), members)
		t.Logf("%v over %d buckets: worst share off by %.2f %%", c.weights, c.buckets, 100*off)
		if off > c.within {
			t.Errorf("%v over %d buckets: worst share off by %.3f, want %.3f", c.weights, c.buckets, off, c.within)
		}
	}
	// A member with little weight still gets a bucket.
	d := distributor(t, spread.DistributorConfig{}, []spread.Member{{ID: 1, Weight: 1, Up: true}, {ID: 2, Weight: math.MaxUint32, Up: true}})
	if got := d.Snapshot().Members(); !slices.Equal(got, []uint16{1, 2}) {
		t.Errorf("members %v, want both", got)
	}
}

// TestTwoLost checks that buckets away from home stay where they are when another member is
// lost, and that they even out when one of the two returns.
func TestTwoLost(t *testing.T) {
	members := equalMembers(4)
	d := distributor(t, spread.DistributorConfig{}, members)
	set(t, d, withDown(members, 3))
	before := bucketsOf(d.Snapshot())
	c := set(t, d, withDown(members, 2, 3))
	for _, m := range c.Moved {
		if m.From != 2 || before[m.Bucket] != 2 {
			t.Fatalf("losing 2 moved %+v", m)
		}
	}
	if off := shareError(d.Snapshot(), withDown(members, 2, 3)); off > 0.01 {
		t.Errorf("two left: shares off by %.3f, want at most 0.01", off)
	}
	set(t, d, withDown(members, 2))
	if off := shareError(d.Snapshot(), withDown(members, 2)); off > 0.01 {
		t.Errorf("one returned: shares off by %.3f, want at most 0.01", off)
	}
	set(t, d, members)
	if d.Away() != 0 {
		t.Errorf("all returned: %d buckets away, want 0", d.Away())
	}
}

// TestConfiguredSetChangesMinimally checks that an added member takes its share, a removed
// member gives up its share, and nothing else moves.
func TestConfiguredSetChangesMinimally(t *testing.T) {
	d := distributor(t, spread.DistributorConfig{}, equalMembers(4))
	c := set(t, d, equalMembers(5))
	if len(c.Moved) < 204 || len(c.Moved) > 205 {
		t.Errorf("a fifth member moved %d buckets, want 204 or 205", len(c.Moved))
	}
	for _, m := range c.Moved {
		if m.To != 4 {
			t.Fatalf("adding 4 moved %+v, want only moves to 4", m)
		}
	}
	for _, m := range set(t, d, equalMembers(4)).Moved {
		if m.From != 4 {
			t.Fatalf("removing 4 moved %+v, want only moves from 4", m)
		}
	}
	if off := shareError(d.Snapshot(), equalMembers(4)); off > 0.005 || d.Away() != 0 {
		t.Errorf("shares off by %.3f, %d away, want at most 0.005 and 0", off, d.Away())
	}
}

func TestNoMemberUp(t *testing.T) {
	for _, sel := range []spread.Selection{spread.Resilient, spread.Modulo} {
		d := distributor(t, spread.DistributorConfig{Select: sel}, nil)
		w := d.NewWorker()
		ids := make([]uint16, 4)
		frames := [][]byte{tcpFrame(), nil}
		none := func(when string) {
			t.Helper()
			if m, ok := d.Snapshot().PickFrame(tcpFrame()); ok {
				t.Errorf("%s: PickFrame = %d, want no member", when, m)
			}
			if n := w.PickBatch(ids, frames); n != 0 || len(d.Snapshot().Members()) != 0 {
				t.Errorf("%s: %d picked, members %v, want none", when, n, d.Snapshot().Members())
			}
			if e := d.Snapshot().Explain(tcpFrame()); e.Picked || e.Bucket != -1 {
				t.Errorf("%s: Explain() = %+v, want no bucket and no member", when, e)
			}
		}
		none("at first")
		set(t, d, withDown(equalMembers(2), 0, 1))
		none("both down")
		set(t, d, equalMembers(2))
		if n := w.PickBatch(ids, frames); n != 2 {
			t.Errorf("both up: %d picked, want 2", n)
		}
		set(t, d, withDown(equalMembers(2), 0, 1))
		none("both down again")
		if c := set(t, d, equalMembers(2)); len(c.Moved) != 0 || d.Away() != 0 {
			t.Errorf("both up again: %d moved, %d away, want 0 and 0", len(c.Moved), d.Away())
		}
	}
	var nothing *spread.Snapshot
	if _, ok := nothing.Pick(1); ok || nothing.Buckets() != 0 || nothing.Members() != nil {
		t.Error("a nil Snapshot has members, want none")
	}
}

// TestModuloIsLinux checks that Modulo uses the order of the members that are up, without gaps.
func TestModuloIsLinux(t *testing.T) {
	members := []spread.Member{{ID: 9, Up: true}, {ID: 4}, {ID: 2, Up: true}, {ID: 7, Up: true}}
	d := distributor(t, spread.DistributorConfig{Select: spread.Modulo}, members)
	for sum, want := range []int{9, 2, 7, 9} {
		if got, ok := d.Snapshot().Pick(uint32(sum)); got != want || !ok {
			t.Errorf("Pick(%d) = %d, %v, want %d", sum, got, ok, want)
		}
	}
	if c := set(t, d, members); c.Remapped {
		t.Error("the same members: Remapped = true, want false")
	}
	members[1].Up = true
	if c := set(t, d, members); !c.Remapped {
		t.Error("another member: Remapped = false, want true")
	}
}

func TestDistributorRefuses(t *testing.T) {
	for field, c := range map[string]spread.DistributorConfig{
		"Buckets": {Buckets: 1000}, "Select": {Select: 2},
	} {
		var refused *hash.FieldError
		if _, err := spread.NewDistributor(hash.Hasher{}, c); !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%+v: error %v, want one for %s", c, err, field)
		}
	}
	if got := spread.Resilient.String() + " " + spread.Modulo.String() + " " + spread.Selection(2).String(); got != "resilient modulo Selection(2)" {
		t.Errorf("names of selections = %s, want resilient modulo Selection(2)", got)
	}
	for _, n := range []int{32, 8192, -1} {
		if _, err := spread.NewDistributor(hash.Hasher{}, spread.DistributorConfig{Buckets: n}); err == nil {
			t.Errorf("%d buckets accepted, want an error", n)
		}
	}
	d := distributor(t, spread.DistributorConfig{Buckets: 64}, equalMembers(2))
	before := bucketsOf(d.Snapshot())
	var refused *hash.FieldError
	if _, err := d.Update([]spread.Member{{ID: 1}, {ID: 1}}); !errors.As(err, &refused) || refused.Value != "1 twice" {
		t.Errorf("duplicate ID: error %v, want a FieldError with value 1 twice", err)
	}
	if _, err := d.Update(equalMembers(65)); !errors.As(err, &refused) || refused.Allowed != "at most 64" {
		t.Errorf("65 members for 64 buckets: error %v, want a FieldError that allows at most 64", err)
	}
	if !slices.Equal(bucketsOf(d.Snapshot()), before) {
		t.Error("a refused Update changed the table, want no change")
	}
}
