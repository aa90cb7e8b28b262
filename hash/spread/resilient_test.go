package spread_test

import (
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash/spread"
)

// without returns the resilient table of n members, with the given members down.
func without(n int, down ...uint16) *spread.Table {
	var ids []uint16
	for i := range n {
		ids = append(ids, uint16(i))
	}
	return spread.NewResilientTable(ids, func(id uint16) bool {
		for _, d := range down {
			if d == id {
				return false
			}
		}
		return true
	})
}

func TestResilientIsModuloWithAllUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	full := without(5)
	for range 10000 {
		h := r.Uint32()
		if got, ok := full.Pick(h); got != int(h%5) || !ok {
			t.Fatalf("Pick(%d) = %d, %v, want the hash modulo 5", h, got, ok)
		}
	}
}

// TestLossMovesOnlyTheLostMembersFlows checks that a loss moves only the flows of the lost
// member, even if another member is already down, and spreads them over all the rest.
func TestLossMovesOnlyTheLostMembersFlows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	steps := []*spread.Table{without(6), without(6, 2), without(6, 2, 5), without(6, 2, 5, 0)}
	lost := []int{2, 5, 0}
	const flows = 60000
	for i, l := range lost {
		before, after := steps[i], steps[i+1]
		moved := make(map[int]int)
		for range flows {
			h := r.Uint32()
			a, _ := before.Pick(h)
			b, _ := after.Pick(h)
			if a != l && a != b {
				t.Fatalf("losing %d moved a flow from %d to %d, want it to stay", l, a, b)
			}
			if a == l {
				moved[b]++
			}
		}
		left := 6 - i - 1
		if len(moved) != left {
			t.Errorf("losing %d moved its flows to %d members, want %d", l, len(moved), left)
		}
		total := 0
		for _, n := range moved {
			total += n
		}
		for m, n := range moved {
			if share := float64(n*left) / float64(total); share < 0.9 || share > 1.1 {
				t.Errorf("losing %d: member %d got %.2f times its even share, want about 1", l, m, share)
			}
		}
	}
}

func TestResilientWithoutAnyUp(t *testing.T) {
	none := without(2, 0, 1)
	if m, ok := none.Pick(7); ok {
		t.Errorf("Pick(7) = %d, want no member", m)
	}
	if n := none.Len(); n != 0 {
		t.Errorf("Len() = %d, want 0", n)
	}
	if got := without(4, 1).Members(); len(got) != 3 || got[1] != 2 {
		t.Errorf("Members() = %v, want 0, 2 and 3", got)
	}
}

// TestResilientFindsTheLastOne leaves one of 256 members up. The sequence does not always
// find it, but the search ends anyway.
func TestResilientFindsTheLastOne(t *testing.T) {
	var down []uint16
	for i := range uint16(255) {
		down = append(down, i)
	}
	table := without(256, down...)
	for h := range uint32(5000) {
		if m, ok := table.Pick(h * 2654435761); m != 255 || !ok {
			t.Fatalf("Pick = %d, %v, want 255", m, ok)
		}
	}
}
