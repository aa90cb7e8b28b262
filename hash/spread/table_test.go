package spread_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/hash/spread"
)

// TestPickIsExactModulo compares Pick with %, which its multiplications must match exactly. It
// tests around multiples of n, where they would fail first, at the ends of the range, and at
// random.
func TestPickIsExactModulo(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	for n := uint32(1); n <= 256; n++ {
		members := table(int(n))
		sums := []uint32{0, 1, n - 1, n, n + 1, 1 << 31, 1<<31 - 1, math.MaxUint32, math.MaxUint32 - 1}
		last := math.MaxUint32 / n * n
		sums = append(sums, last, last-1, last+(math.MaxUint32-last)/2)
		for range 500 {
			h := r.Uint32()
			sums = append(sums, h, h/n*n, h/n*n-1)
		}
		for _, h := range sums {
			if got, ok := members.Pick(h); got != int(h%n) || !ok {
				t.Fatalf("%d members: Pick(%d) = %d, %v, want %d", n, h, got, ok, h%n)
			}
		}
	}
}

func TestPickReturnsIDs(t *testing.T) {
	members := spread.NewTable([]uint16{7, 3, 65535})
	for h, want := range []int{7, 3, 65535, 7} {
		if got, ok := members.Pick(uint32(h)); got != want || !ok {
			t.Errorf("Pick(%d) = %d, %v, want %d", h, got, ok, want)
		}
	}
}

func TestEmptyTable(t *testing.T) {
	for name, empty := range map[string]*spread.Table{"nil": nil, "no members": spread.NewTable(nil), "zero": {}} {
		if member, ok := empty.Pick(12345); ok || member != 0 {
			t.Errorf("%s: Pick = %d, %v, want 0, false", name, member, ok)
		}
		if n := empty.Len(); n != 0 {
			t.Errorf("%s: Len() = %d, want 0", name, n)
		}
		if ids := empty.Members(); len(ids) != 0 {
			t.Errorf("%s: Members() = %v, want none", name, ids)
		}
	}
}

func TestTableIsImmutable(t *testing.T) {
	ids := []uint16{1, 2, 3}
	members := spread.NewTable(ids)
	ids[0] = 9
	members.Members()[1] = 9
	if got := members.Members(); !slices.Equal(got, []uint16{1, 2, 3}) || members.Len() != 3 {
		t.Errorf("members are %v after changes outside, want [1 2 3]", got)
	}
}
