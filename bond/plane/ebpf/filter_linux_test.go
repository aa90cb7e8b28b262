package ebpf

import (
	"errors"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// qdiscs returns what tc shows of the queueing disciplines of an interface of the host.
func (b *bed) qdiscs(t *testing.T, name string) string {
	t.Helper()
	return b.host.Run(t, "tc", "qdisc", "show", "dev", name)
}

// filters returns what tc shows of the filters at the ingress of an interface of the host.
func (b *bed) filters(t *testing.T, name string) string {
	t.Helper()
	return b.host.Run(t, "tc", "filter", "show", "dev", name, "ingress")
}

// wantBothWays checks that frames pass in both directions.
func (b *bed) wantBothWays(t *testing.T) {
	t.Helper()
	b.stream(t, 10, func() {})
	b.wires[0].Send(t, numbered(0, 7))
	once(t, "device", b.atHost, map[string][]byte{"a frame": numbered(0, 7)})
}

// TestFilterComesBeforeTheGuard: the filter that keeps the host's protocols off a member of
// another plane neither takes frames from ours nor goes with it, and ours does not go with that
// one.
func TestFilterComesBeforeTheGuard(t *testing.T) {
	b := newBed(t, inFilters, 1, "")
	rt, index := b.rtnl(t), int32(b.host.Index(t, "m0"))
	guarded := func(want bool) {
		t.Helper()
		if got, err := rt.HasIngressFilter(index); err != nil || got != want {
			t.Fatalf("the guard is there: %v, %v; want %v", got, err, want)
		}
	}
	if err := rt.AddIngress(index); err != nil { // after ours
		t.Fatal(err)
	}
	guarded(true)
	b.wantBothWays(t)
	detach(t, b.plane.members[b.plan.Members[0].Port].rx)
	if err := errors.Join(rt.RemoveIngress(index, false), rt.AddIngress(index)); err != nil { // now it comes first
		t.Fatal(err)
	}
	b.wires[0].Send(t, numbered(0, 8))
	catch.None(t, "device, without our filter", b.atHost)
	b.apply(t) // ours after the guard
	b.wantBothWays(t)
	guarded(true)

	if err := rt.RemoveIngress(index, true); err != nil {
		t.Fatal(err)
	}
	guarded(false)
	b.wantBothWays(t)
	if err := rt.AddIngress(index); err != nil {
		t.Fatal(err)
	}
	if err := b.plane.Close(); err != nil {
		t.Fatal(err)
	}
	guarded(true)
	if out := b.filters(t, "m0"); strings.Contains(out, "lagkit") {
		t.Errorf("our filter is still there:\n%s", out)
	}
}

// TestQdiscGoesWithTheFilter, if the plane made it and no other program uses it, also if a process
// that died made it.
func TestQdiscGoesWithTheFilter(t *testing.T) {
	for name, c := range map[string]struct {
		before, meanwhile func(*testing.T, *bed)
		stays             bool
	}{
		"made by the plane": {},
		"made by a dead process": {
			meanwhile: func(t *testing.T, b *bed) {
				b.replaceByDead(t)
				b.open(t)
				b.apply(t)
			}},
		"there before": {stays: true,
			before: func(t *testing.T, b *bed) { b.host.Run(t, "tc", "qdisc", "add", "dev", "m0", "clsact") }},
		"an ingress qdisc there before": {stays: true,
			before: func(t *testing.T, b *bed) { b.host.Run(t, "tc", "qdisc", "add", "dev", "m0", "ingress") }},
		"used by another program": {stays: true,
			meanwhile: func(t *testing.T, b *bed) {
				b.host.Run(t, "tc", "filter", "add", "dev", "m0", "egress", "bpf", "da", "bytecode", "1,6 0 0 0")
			}},
		"removed by another program": {
			meanwhile: func(t *testing.T, b *bed) { b.host.Run(t, "tc", "qdisc", "del", "dev", "m0", "clsact") }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, inFilters, 1, "")
			if c.before != nil {
				with := b.plan.Members
				b.plan.Members = nil
				b.apply(t)
				c.before(t, b)
				b.plan.Members = with
				b.apply(t)
				b.wantBothWays(t)
			}
			if c.meanwhile != nil {
				c.meanwhile(t, b)
			}
			if err := b.plane.Close(); err != nil {
				t.Fatal(err)
			}
			if out := b.filters(t, "m0"); strings.Contains(out, "lagkit") {
				t.Errorf("our filter is still there:\n%s", out)
			}
			if out := b.qdiscs(t, "m0"); (strings.Contains(out, "clsact") || strings.Contains(out, "ingress")) != c.stays {
				t.Errorf("a qdisc with hooks is there: %v, want %v:\n%s", !c.stays, c.stays, out)
			}
		})
	}
}

// TestFiltersOfADeadProcessAreTakenOver: without pins its filters stay too. The next process
// replaces those that it needs and removes the others.
func TestFiltersOfADeadProcessAreTakenOver(t *testing.T) {
	b := newBed(t, inFilters, 2, "")
	b.replaceByDead(t)
	for _, name := range []string{"m0", "m1", "bond0p"} {
		if out := b.filters(t, name); !strings.Contains(out, "lagkit/bond0") {
			t.Errorf("%s of the dead process has no filter:\n%s", name, out)
		}
	}
	b.open(t)
	b.plan.Members = b.plan.Members[:1]
	b.apply(t)
	b.wantBothWays(t)
	for name, want := range map[string]int{"m0": 1, "m1": 0, "bond0p": 1} {
		if out := b.filters(t, name); strings.Count(out, "handle 0x1a6d") != want {
			t.Errorf("%s has not %d filters:\n%s", name, want, out)
		}
	}
}

// TestForeignProgramInOurFilterIsReplaced: another program puts one of its own in place of ours.
func TestForeignProgramInOurFilterIsReplaced(t *testing.T) {
	b := newBed(t, inFilters, 1, "")
	h := b.plane.tx.(*filterHook)
	if err := b.rtnl(t).ReplaceFilter(h.index, h.last, loaded(t, "test_foreign", ret(verdictDrop)).FD()); err != nil {
		t.Fatal(err)
	}
	b.own.Send(t, numbered(0, 0))
	catch.None(t, "far end", b.atFar)
	b.apply(t)
	b.wantBothWays(t)
}

// TestOtherFiltersStay: filters that other bonds and programs have at a member are none of ours.
func TestOtherFiltersStay(t *testing.T) {
	b := newBed(t, inFilters, 1, "")
	rt, index := b.rtnl(t), int32(b.host.Index(t, "m0"))
	detach(t, b.plane.members[b.plan.Members[0].Port].rx)
	pass := loaded(t, "test_foreign", ret(verdictNext))
	others := []rtnl.Filter{{Handle: 1, Name: "foreign"}, {Handle: 2, Name: "lagkit/bond0"}, {Handle: rtnl.PlaneHandle, Name: "lagkit/bond1"}}
	for _, f := range others {
		if err := rt.AddFilter(index, f, pass.FD()); err != nil {
			t.Fatal(err)
		}
	}
	b.apply(t)
	b.wantBothWays(t)
	if err := b.plane.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := rt.Filters(index)
	if err != nil || len(left) != len(others) {
		t.Errorf("filters left are %+v, %v; want those of others: %+v", left, err, others)
	}
}

// TestFilterIsNotDoubled: one that another process of the bond has added meanwhile is replaced.
func TestFilterIsNotDoubled(t *testing.T) {
	b := newBed(t, inFilters, 1, "")
	member := b.plan.Members
	b.plan.Members = nil
	b.apply(t)
	b.host.Run(t, "tc", "qdisc", "add", "dev", "m0", "clsact")
	f := rtnl.Filter{Handle: rtnl.PlaneHandle, Name: "lagkit/bond0"}
	if err := b.rtnl(t).AddFilter(int32(b.host.Index(t, "m0")), f, loaded(t, "test_other", ret(verdictDrop)).FD()); err != nil {
		t.Fatal(err)
	}
	b.plan.Members = member
	b.apply(t)
	b.wantBothWays(t)
	if out := b.filters(t, "m0"); strings.Count(out, "handle 0x1a6d") != 1 {
		t.Errorf("m0 has not one filter:\n%s", out)
	}
}
