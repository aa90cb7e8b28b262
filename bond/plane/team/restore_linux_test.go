package team

import (
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
)

var (
	_ plane.Waiter  = (*Plane)(nil)
	_ plane.Drifter = (*Plane)(nil)
	_ plane.Sender  = (*Plane)(nil)
)

// awaitDrift waits for a hint, and restores the plan until the host was told of it in words that begin
// with these. What the driver itself has changed as a consequence follows.
func (b *bed) awaitDrift(t *testing.T, want string) {
	t.Helper()
	told := len(b.restored)
	netlab.Await(t, want, func() bool {
		select {
		case <-b.plane.Drifted():
		default:
			return false
		}
		if err := b.plane.Restore(); err != nil {
			t.Fatal(err)
		}
		return len(b.restored) > told
	})
	if got := b.restored[told]; !strings.HasPrefix(got, want) {
		t.Errorf("restored %q, want %q first", got, want)
	}
}

// TestOthersChangesAreRestored: the plane notices without a new plan what another program changes, and
// frames are on their members again.
func TestOthersChangesAreRestored(t *testing.T) {
	b := newBed(t, 3)
	index := uint32(b.host.Index(t, "m2"))
	b.cable(t, 3)
	for _, c := range []struct {
		what string
		do   func()
	}{
		{"m1 to no port", func() { b.host.Run(t, "ip", "link", "set", "m1", "nomaster") }},
		{"MAC address of m0 to 02:00:00:00:99:99", func() { b.host.Run(t, "ip", "link", "set", "m0", "address", "02:00:00:00:99:99") }},
		{"option enabled of m2", func() {
			if err := b.plane.driver.set(b.plane.team(), []option{boolOption(optionEnabled, index, false)}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		c.do()
		b.awaitDrift(t, "another program changed "+c.what)
		for _, name := range []string{"m0", "m1", "m2"} {
			b.host.AwaitUp(t, name)
		}
		b.wantFlows(t)
	}
}

// wantFlows fails the test unless flows are on the members that the plan's table has.
func (b *bed) wantFlows(t *testing.T) {
	t.Helper()
	table := b.plan.Table()
	for flow := range 60 {
		f := numbered(flow, flow)
		want, _ := table.Pick(b.plan.Hash.Sum32(f))
		b.own.Send(t, f)
		if got := catch.Next(t, "far end", b.atFar); got.End != want {
			t.Fatalf("flow %d is on member %d, want %d", flow, got.End, want)
		}
	}
}

// TestOwnPlansDoNotDrift: what the plane itself sets is no change by another program.
func TestOwnPlansDoNotDrift(t *testing.T) {
	b := newBed(t, 3)
	for _, ids := range [][]int{{0}, {0, 1, 2}, {1, 2}} {
		b.use(t, ids...)
		if err := b.plane.Restore(); err != nil {
			t.Error(err)
		}
	}
	if len(b.restored) > 0 {
		t.Errorf("restored %q, want nothing", b.restored)
	}
}

// TestTakenMemberFails: a member that another program has put into a team of its own has failed.
func TestTakenMemberFails(t *testing.T) {
	b := newBed(t, 2)
	b.taken = 1
	b.host.Run(t, "ip", "link", "add", "other0", "type", "team")
	b.host.Run(t, "ip", "link", "set", "m1", "nomaster")
	b.host.Down(t, "m1")
	b.host.Run(t, "ip", "link", "set", "m1", "master", "other0")
	if err := b.plane.Restore(); err != nil {
		t.Fatal(err)
	}
	if len(b.failed) != 1 || !strings.HasPrefix(b.failed[0], b.plan.Members[1].Port.Name()+": another program made it a port") || len(b.restored) > 0 {
		t.Errorf("failed %q, restored %q; want the second member alone, and nothing", b.failed, b.restored)
	}
	if out := b.host.Run(t, "ip", "-o", "link", "show", "dev", "m1"); !strings.Contains(out, "master other0") {
		t.Errorf("m1 is no longer the other team's:\n%s", out)
	}
}

// TestSendReachesTheMember: a frame of the bond itself is on the member of its flow, and on each with
// copies, also while the device has no carrier.
func TestSendReachesTheMember(t *testing.T) {
	b := newBed(t, 2)
	b.carrier(t, false)
	f := numbered(1, 1)
	want, _ := b.plan.Table().Pick(b.plan.Hash.Sum32(f))
	if err := b.plane.Send(f); err != nil {
		t.Fatal(err)
	}
	if got := catch.Next(t, "far end", b.atFar); got.End != want || numberOf(got.Frame) != 1 {
		t.Errorf("frame %d at far end %d, want 1 at %d", numberOf(got.Frame), got.End, want)
	}
	b.plan.Spread = plane.SpreadCopies
	b.apply(t)
	if err := b.plane.Send(f); err != nil {
		t.Fatal(err)
	}
	first, second := catch.Next(t, "far end", b.atFar), catch.Next(t, "far end", b.atFar)
	if first.End == second.End {
		t.Errorf("two copies at far end %d, want one at each", first.End)
	}
	b.use(t)
	if err := b.plane.Send(f); err != plane.ErrNoMember {
		t.Errorf("without a member: %v, want ErrNoMember", err)
	}
	if err := b.plane.Send(f[:13]); err != plane.ErrNotEthernet {
		t.Errorf("a short frame: %v, want ErrNotEthernet", err)
	}
}
