package plane_test

import (
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// explained is a frame of a UDP flow.
var explained = []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" +
	"\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
	"\x03\xe8\x00\x35\x00\x08\x00\x00")

// planOf returns a plan with members that distribute or do not.
func planOf(t *testing.T, distribute ...bool) *plane.Plan {
	t.Helper()
	h, err := hash.New(hash.Layer34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &plane.Plan{Hash: h}
	for _, d := range distribute {
		p.Members = append(p.Members, plane.Member{Port: linktest.NewCable("a", "b").A, Distributing: d})
	}
	return p
}

func TestExplainPicksByTheHash(t *testing.T) {
	p := planOf(t, true, false, true)
	c := p.Explain(explained)
	if !slices.Equal(c.Order, []uint16{0, 2}) || c.Trace == nil {
		t.Fatalf("Explain() = %+v, want the order 0, 2 and a trace", c)
	}
	if want := c.Order[c.Trace.Hash%2]; len(c.Members) != 1 || c.Members[0] != want || c.Trace.Member != want || !c.Trace.Picked {
		t.Errorf("members %v, traced member %d, want %d", c.Members, c.Trace.Member, want)
	}
	p.Buckets = slices.Repeat([]uint16{2}, 64)
	c = p.Explain(explained)
	if !slices.Equal(c.Members, []uint16{2}) || c.Trace.Bucket != int(c.Trace.Hash%64) {
		t.Errorf("members %v, bucket %d, want 2, whose buckets are all, and %d", c.Members, c.Trace.Bucket, c.Trace.Hash%64)
	}
}

func TestExplainWithoutAChoiceHasNoTrace(t *testing.T) {
	for _, c := range []struct {
		name           string
		spread         plane.Spread
		distribute     []bool
		members, order []uint16
	}{
		{"no member", plane.SpreadFlows, []bool{false}, nil, nil},
		{"one member", plane.SpreadFlows, []bool{false, true}, []uint16{1}, []uint16{1}},
		{"copies", plane.SpreadCopies, []bool{true, true}, []uint16{0, 1}, nil},
		{"in turn", plane.SpreadInTurn, []bool{true, true}, []uint16{0, 1}, nil},
	} {
		p := planOf(t, c.distribute...)
		p.Spread = c.spread
		if got := p.Explain(explained); !slices.Equal(got.Members, c.members) || !slices.Equal(got.Order, c.order) || got.Trace != nil {
			t.Errorf("%s: Explain() = %+v, want members %v, order %v and no trace", c.name, got, c.members, c.order)
		}
	}
}
