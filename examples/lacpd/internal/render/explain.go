package render

import (
	"io"
	"strings"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// Explain prints which member of a bond carries a frame, and why.
func Explain(w io.Writer, e *view.Explanation) error {
	p := page{}
	p.explain(e)
	_, err := w.Write(p.out.Bytes())
	return err
}

func (p *page) explain(e *view.Explanation) {
	members := strings.Join(e.Members, ", ")
	switch {
	case len(e.Members) == 0:
		p.printf("%s sends this frame on no member. It is %s\n", e.Bond, e.Cause)
	case e.Spread == plane.SpreadInTurn.String():
		p.printf("%s sends each frame on the next member in turn, whichever flow it belongs to: %s\n  protocol %s\n", e.Bond, members, e.Mode)
	case e.Spread == plane.SpreadCopies.String():
		p.printf("%s sends a copy of each frame on every member: %s\n  protocol %s\n", e.Bond, members, e.Mode)
	case e.Spread == plane.SpreadAtRandom.String():
		p.printf("%s sends each frame on a member chosen at random: %s\n  protocol %s\n", e.Bond, members, e.Mode)
	case e.Trace == nil:
		p.printf("%s sends this frame on %s\n  protocol %s: no other member carries data now\n", e.Bond, members, e.Mode)
	default:
		p.printf("%s sends this frame on %s\n  protocol %s, hash %s over %s\n", e.Bond, members, e.Mode, e.Hash, strings.Join(e.Order, ", "))
		p.trace(e)
	}
}

func (p *page) trace(e *view.Explanation) {
	t := e.Trace
	for _, f := range t.Fields {
		p.printf("  from octet %d: %s  %s\n", f.Offset, f.Octets, f.Name)
	}
	for _, w := range t.Words {
		p.printf("  word 0x%08x  %s\n", w.Value, w.Name)
	}
	for _, n := range t.Notes {
		p.printf("  %s\n", n)
	}
	n := uint32(len(e.Order))
	switch {
	case t.Bucket >= 0:
		p.printf("  hash 0x%08x, modulo %d buckets: bucket %d, which is on %s\n", t.Hash, e.Buckets, t.Bucket, e.Members[0])
	case n > 0 && e.Order[t.Hash%n] == e.Members[0]:
		p.printf("  hash 0x%08x, modulo %d members: number %d, counted from 0\n", t.Hash, n, t.Hash%n)
	default:
		p.printf("  hash 0x%08x; the flows of the other members stay where they are\n", t.Hash)
	}
}
