package chassis_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// node is a Machine whose transactions wait until the test lets the store carry them out.
type node struct {
	*chassis.Machine
	t      *testing.T
	rate   float64 // of its clock
	permit chassis.Permit
	ops    []chassis.Action
	sent   []chassis.Message
}

const hold = 500 * time.Millisecond

// newNode starts a chassis, able to carry the LAG, at a true time. off is a rule that it does not
// follow; 0: none.
func newNode(t *testing.T, now time.Duration, off chassis.Rule, rate float64, me chassis.ID, others ...chassis.ID) *node {
	t.Helper()
	n := &node{t: t, rate: rate}
	c := chassis.Config{Me: me, Others: others, Boot: 1 + uint64(now), Hold: hold}
	c.SwitchOff(off)
	m, err := chassis.New(n.clock(now), c)
	if err != nil {
		t.Fatal(err)
	}
	n.Machine = m
	n.do(now, func(at time.Duration) { m.SetScore(at, 2) })
	return n
}

func (n *node) clock(now time.Duration) time.Duration { return time.Duration(float64(now) * n.rate) }

// do gives the machine an input at a true time, and takes its actions.
func (n *node) do(now time.Duration, input func(at time.Duration)) {
	input(n.clock(now))
	for _, a := range n.Actions() {
		switch a.Kind {
		case chassis.ActionPermit:
			n.permit = a.Permit
		case chassis.ActionOp:
			n.ops = append(n.ops, a)
		case chassis.ActionSend:
			n.sent = append(n.sent, a.Message)
		}
	}
}

// passes reports whether the data path passes a frame at a true time.
func (n *node) passes(now time.Duration) bool { return n.clock(now) < n.permit.Until }

// take returns the newest transaction, which must be of a kind.
func (n *node) take(kind chassis.OpKind) chassis.Action {
	n.t.Helper()
	if len(n.ops) == 0 || n.ops[len(n.ops)-1].Op.Kind != kind {
		n.t.Fatalf("transactions %+v, want a %v at the end", n.ops, kind)
	}
	a := n.ops[len(n.ops)-1]
	n.ops = nil
	return a
}

// has reports whether a transaction of a kind was sent since the last take.
func (n *node) has(kind chassis.OpKind) bool {
	return slices.ContainsFunc(n.ops, func(a chassis.Action) bool { return a.Op.Kind == kind })
}

// serve lets the store carry out the newest transaction, of the given kind, and answer at once.
func (n *node) serve(now time.Duration, v *chassis.View, kind chassis.OpKind) {
	n.t.Helper()
	a := n.take(kind)
	a.Op.Apply(v)
	n.answer(now, a, *v)
}

func (n *node) answer(now time.Duration, a chassis.Action, v chassis.View) {
	n.do(now, func(at time.Duration) { n.Result(at, a.Request, v, nil) })
}

// until advances the machine, whose reads are answered at once, until it has sent a transaction of a
// kind. It returns the true time.
func (n *node) until(now time.Duration, v *chassis.View, kind chassis.OpKind) time.Duration {
	n.t.Helper()
	for end := now + time.Minute; !n.has(kind); {
		if n.has(chassis.OpRead) {
			n.serve(now, v, chassis.OpRead)
			continue
		}
		now = max(now, time.Duration(float64(n.Deadline())/n.rate)+1)
		if now > end {
			n.t.Fatalf("no %v within a minute", kind)
		}
		n.do(now, func(at time.Duration) { n.Advance(at) })
	}
	return now
}

// pass advances the machine, whose reads are answered at once, up to a true time.
func (n *node) pass(now, to time.Duration, v *chassis.View) {
	n.t.Helper()
	for now < to {
		now = min(to, max(now, time.Duration(float64(n.Deadline())/n.rate)+1))
		n.do(now, func(at time.Duration) { n.Advance(at) })
		if n.has(chassis.OpRead) {
			n.serve(now, v, chassis.OpRead)
		}
	}
}

// active starts chassis A, which has claimed the LAG in an empty store.
func active(t *testing.T, v *chassis.View, off chassis.Rule, rate float64) *node {
	t.Helper()
	a := newNode(t, time.Second, off, rate, "A", "B")
	a.serve(time.Second, v, chassis.OpRead)
	a.serve(time.Second, v, chassis.OpClaim)
	if !a.passes(time.Second) || v.Active != "A" {
		t.Fatalf("A has permission %+v, the store %+v", a.permit, v)
	}
	return a
}

// With the active chassis's clock as slow and the other's as fast as allowed, a takeover is safe by
// a nanosecond or so.
func TestClocksAtTheBound(t *testing.T) {
	takeover := func(off chassis.Rule) (until, claimed time.Duration) {
		var v chassis.View
		now := time.Second
		a := active(t, &v, off, 0.975)
		b := newNode(t, now, off, 1.025, "B", "A")
		b.serve(now, &v, chassis.OpRead)
		b.do(now, func(at time.Duration) { b.Gone(at, "A", 0) })
		b.serve(now, &v, chassis.OpIntent) // just after A's claim
		claimed = b.until(now, &v, chassis.OpClaim)
		b.serve(claimed, &v, chassis.OpClaim)
		if !b.passes(claimed) {
			t.Fatalf("B has claimed and has permission %+v", b.permit)
		}
		for until = claimed - 10*time.Millisecond; a.passes(until); until++ {
		}
		return until, claimed
	}
	if until, claimed := takeover(0); claimed < until || claimed > until+10*time.Microsecond {
		t.Errorf("A passes frames until %v, B has claimed at %v, want just after", until, claimed)
	}
	if until, claimed := takeover(chassis.Rules["drift"]); claimed >= until {
		t.Errorf("with a fence time for one clock only, B claims at %v, after A's end at %v: the test finds nothing", claimed, until)
	}
}

// A release that an earlier life has sent may take effect after the next life has begun.
func TestLateReleaseOfAnEarlierLife(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["life"]} {
		var v chassis.View
		a := active(t, &v, 0, 1)
		now := 2 * time.Second
		a.pass(time.Second, now, &v)
		b := newNode(t, now, 0, 1, "B", "A")
		b.serve(now, &v, chassis.OpRead)
		for _, g := range b.sent {
			a.do(now, func(at time.Duration) { a.Receive(at, g) })
		}
		a.do(now, func(at time.Duration) {
			if err := a.HandOver(at, "B"); err != nil {
				t.Fatal(err)
			}
		})
		late := a.take(chassis.OpRelease)
		if a.passes(now) {
			t.Fatal("A passes frames although it has sent its release")
		}
		now += 100 * time.Millisecond
		again := newNode(t, now, off, 1, "A", "B")
		again.serve(now, &v, chassis.OpRead)
		if again.passes(now) == (off == 0) {
			t.Fatalf("rule off %v: A has started again and has permission %+v", off != 0, again.permit)
		}
		if off == 0 {
			again.serve(now, &v, chassis.OpIntent)
		}
		late.Op.Apply(&v)
		b.do(now, func(at time.Duration) { b.Poke(at) })
		b.serve(now, &v, chassis.OpRead)
		b.serve(now, &v, chassis.OpClaim)
		if !b.passes(now) {
			t.Fatalf("A has given the LAG to B, which has permission %+v", b.permit)
		}
		if both := again.passes(now) && b.passes(now); both != (off != 0) {
			t.Errorf("rule off %v: both pass frames %v", off != 0, both)
		}
	}
}

// Another box starts with the name of the active chassis. It takes over only after that one has ended.
func TestNamesake(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["life"]} {
		var v chassis.View
		a := active(t, &v, 0, 1)
		now := 2 * time.Second
		a.pass(time.Second, now, &v)
		other := newNode(t, now, off, 1, "A", "B")
		other.serve(now, &v, chassis.OpRead)
		if both := a.passes(now) && other.passes(now); both != (off != 0) {
			t.Errorf("rule off %v: both pass frames %v", off != 0, both)
		}
		if off != 0 {
			continue
		}
		if want := (chassis.Permit{Code: lacp.ReasonStandbyChassis, Have: "A in another life"}); other.permit != want {
			t.Errorf("the other box has %+v, want %+v", other.permit, want)
		}
		other.serve(now, &v, chassis.OpIntent)
		a.do(now, func(at time.Duration) { a.Poke(at) })
		a.serve(now, &v, chassis.OpRead)
		a.serve(now, &v, chassis.OpVeto)
		other.do(now, func(at time.Duration) { other.Poke(at) })
		other.serve(now, &v, chassis.OpRead)
		if v.Intent != "" || !a.passes(now) || other.passes(now) || other.has(chassis.OpIntent) {
			t.Fatalf("after the veto: %+v, A passes frames %v, the other box %v, transactions %+v; want A alone, and no intent at once", v, a.passes(now), other.passes(now), other.ops)
		}
		now = other.until(now, &v, chassis.OpIntent) // A has ended
		other.serve(now, &v, chassis.OpIntent)
		claimed := other.until(now, &v, chassis.OpClaim)
		other.serve(claimed, &v, chassis.OpClaim)
		if a.passes(claimed) || !other.passes(claimed) || claimed < now+hold {
			t.Errorf("the other box claims %v after its intent, A passes frames %v, it does %v; want more than %v, false, true", claimed-now, a.passes(claimed), other.passes(claimed), hold)
		}
	}
}

// The data path of an earlier life, such as one in the kernel, may be open until its permission ends. So
// the next life does not hand over before.
func TestNoReleaseAfterStart(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["wait"]} {
		var v chassis.View
		old := active(t, &v, 0, 1)
		now := time.Second + 100*time.Millisecond // A's process ends, its data path does not
		a, b := newNode(t, now, off, 1, "A", "B"), newNode(t, now, 0, 1, "B", "A")
		b.serve(now, &v, chassis.OpRead)
		for _, g := range b.sent {
			a.do(now, func(at time.Duration) { a.Receive(at, g) })
		}
		a.do(now, func(at time.Duration) { a.SetScore(at, 0) })
		a.serve(now, &v, chassis.OpRead)
		a.serve(now, &v, chassis.OpIntent)
		released := a.has(chassis.OpRelease)
		if released {
			a.serve(now, &v, chassis.OpRelease)
			b.do(now, func(at time.Duration) { b.Poke(at) })
			b.serve(now, &v, chassis.OpRead)
			b.serve(now, &v, chassis.OpClaim)
		}
		if both := old.passes(now) && b.passes(now); released != (off != 0) || both != (off != 0) {
			t.Errorf("rule off %v: released %v, both pass frames %v", off != 0, released, both)
		}
		if off != 0 {
			continue
		}
		for _, g := range b.sent {
			a.do(now+300*time.Millisecond, func(at time.Duration) { a.Receive(at, g) })
		}
		if at := a.until(now, &v, chassis.OpRelease); at < now+hold || at > now+hold*106/100 || old.passes(at) {
			t.Errorf("the release comes at %v, want it a little more than %v later, when the old data path is closed", at, hold)
		}
	}
}

// A grant for a request of an earlier life, or in an earlier epoch, counts for nothing.
func TestOldGrants(t *testing.T) {
	for _, off := range []chassis.Rule{0, chassis.Rules["request"]} {
		var v chassis.View
		a := active(t, &v, off, 1)
		now := time.Second + 200*time.Millisecond
		a.do(now, func(at time.Duration) { a.Advance(at) })
		var asked chassis.Message
		for _, g := range a.sent {
			if g.Asks {
				asked = g
			}
		}
		if asked.Seq == 0 {
			t.Fatalf("A has sent %+v, want a heartbeat that asks", a.sent)
		}
		until := a.permit.Until
		grant := chassis.Message{From: "B", To: "A", Boot: 9, Epoch: asked.Epoch, Members: asked.Members, GrantBoot: asked.Boot, GrantSeq: asked.Seq}
		for what, change := range map[string]func(*chassis.Message){
			"of an earlier life":  func(g *chassis.Message) { g.GrantBoot-- },
			"in an earlier epoch": func(g *chassis.Message) { g.Epoch-- },
		} {
			old := grant
			change(&old)
			a.do(now, func(at time.Duration) { a.Receive(at, old) })
			if counts := a.permit.Until > until; counts != (off != 0) {
				t.Errorf("rule off %v: a grant %s counts: %v", off != 0, what, counts)
			}
			if off != 0 {
				break
			}
		}
		unknown := grant
		unknown.GrantSeq += 64
		a.do(now, func(at time.Duration) { a.Receive(at, unknown) })
		if off == 0 && a.permit.Until > until {
			t.Error("a grant for a request that was never sent counts")
		}
		a.do(now, func(at time.Duration) { a.Receive(at, grant) })
		if want := now + hold; a.permit.Until != want {
			t.Errorf("after the grant: permission until %v, want %v", a.permit.Until, want)
		}
	}
}
