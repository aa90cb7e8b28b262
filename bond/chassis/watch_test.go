package chassis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
)

// tape notes the events of a box.
type tape struct {
	cancel context.CancelFunc
	events <-chan chassis.Event
}

func (b *bed) watch(id chassis.ID) *tape {
	ctx, cancel := context.WithCancel(b.t.Context())
	return &tape{cancel, b.boxes[id].Watch(ctx)}
}

// stop returns the events as texts, in order.
func (p *tape) stop() (all []string) {
	synctest.Wait()
	p.cancel()
	for e := range p.events {
		text := e.Kind.String()
		switch e.Kind {
		case chassis.EventActive:
			text += fmt.Sprintf(" %s %v", e.Chassis, e.Cause)
		case chassis.EventPermission, chassis.EventStore, chassis.EventIsolated:
			text += fmt.Sprintf(" %v %v", e.Up, e.Reason)
		case chassis.EventDifference:
			text += fmt.Sprintf(" %v %s", e.Up, e.Difference.Name)
		default:
			text += fmt.Sprintf(" %s %v", e.Chassis, e.Up)
		}
		all = append(all, text)
	}
	return all
}

// want fails the test unless the events contain some, in order.
func want(t *testing.T, who string, got []string, some ...string) {
	t.Helper()
	rest := got
	for _, e := range some {
		i := slices.Index(rest, e)
		if i < 0 {
			t.Errorf("%s: no event %q after those before it; all:\n%s", who, e, strings.Join(got, "\n"))
			return
		}
		rest = rest[i+1:]
	}
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", settings("mtu", "9000"))
		b.carries(5*time.Second, "A")
		a := b.watch("A")
		b.join("B", settings("mtu", "1500"))
		bb := b.watch("B")
		b.carries(5*time.Second, "A")
		if err := b.boxes["B"].Change(lag, settings("mtu", "9000")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if err := b.boxes["A"].HandOver(t.Context(), lag, "B"); err != nil {
			t.Fatal(err)
		}
		b.carries(time.Second, "B")
		b.isolate("B", "A")
		b.carries(5*time.Second, "A")
		got := a.stop()
		want(t, "A", got, "Active A vacant", "Permission true invalid", "Chassis B true", "Permission false PermissionLost")
		want(t, "A", got, "Difference true mtu", "Difference false mtu",
			"Permission false PermissionLost", "Active B none", "Permission false StandbyChassis (B)", "Chassis B false", "Active A silent", "Permission true invalid")
		got = bb.stop() // B may learn A's settings before its role, and after it
		want(t, "B", got, "Active A none", "Permission false StandbyChassis (A)", "Permission false ChassisDiffers (have mtu 1500, want mtu 9000 of A)",
			"Difference false mtu", "Active B handover", "Permission true invalid", "Permission false PermissionLost")
		want(t, "B", got, "Difference true mtu", "Permission false ChassisDiffers (have mtu 1500, want mtu 9000 of A)")
		late := b.watch("A") // begins with the present state
		if got := late.stop(); len(got) != 2 {
			t.Errorf("a late reader gets %q, want the active chassis and the permission", got)
		}
		if err := b.boxes["A"].Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, open := <-b.boxes["A"].Watch(t.Context()); open {
			t.Error("an event after Close")
		}
	})
}

func TestWatchStoreAndVetoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		a := b.watch("A")
		b.store.Fail(errors.New("no quorum"))
		b.carries(5*time.Second, "A")
		b.store.Fail(nil)
		b.carries(time.Second, "A")
		b.network.Cut("A", "B") // B suspects A, which is well
		b.carries(10*time.Second, "A")
		got := a.stop()
		want(t, "A", got, "Store false invalid", "Store true invalid", "Veto B false")
		if st := b.status("A"); st.Vetoes < 1 || st.Vetoes > 5 {
			t.Errorf("%d vetoes in 10 s, want 1 to 5", st.Vetoes)
		}
	})
}

// ends is an Ends in memory.
type ends struct {
	gone chan chassis.ID
	boot chan uint64
	done chan struct{}
}

func newEnds() *ends {
	return &ends{make(chan chassis.ID), make(chan uint64, 1), make(chan struct{})}
}

func (e *ends) Run(boot uint64, ended func(chassis.ID, uint64)) {
	e.boot <- boot
	for {
		select {
		case id := <-e.gone:
			ended(id, 0)
		case <-e.done:
			return
		}
	}
}

func (e *ends) Close() error {
	close(e.done)
	return nil
}

// The end of the active chassis's process is suspected at once.
func TestEndOfAProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		e := newEnds()
		b.boxes["B"].group = func(g *chassis.Group) { g.Ends = e }
		b.pair()
		longest, _, _ := b.silence(3*time.Second, func() {
			b.isolate("A", "B")
			for _, c := range b.boxes["A"].cables {
				c.SetUp(false)
			}
			e.gone <- "A"
		})
		b.carries(0, "B")
		if longest < hold || longest > hold+100*time.Millisecond {
			t.Errorf("silence %v, want a little more than the hold time of %v", longest, hold)
		}
		if st := b.status("B"); st.Cause != chassis.CauseGone || st.Takeovers[chassis.CauseGone] != 1 {
			t.Errorf("cause %v, takeovers %v; want gone, once", st.Cause, st.Takeovers)
		}
	})
}

// An isolated chassis that is to hold the LAG carries it until it hears from the store.
func TestIsolatedChassisHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", chassis.LAG{OnIsolation: chassis.IsolationHold})
		b.carries(5*time.Second, "A")
		a := b.watch("A")
		b.isolate("A", "B")
		b.carries(20*time.Second, "A")
		if st := b.status("A"); !st.Enduring {
			t.Errorf("status %+v, want Enduring", st.MachineStatus)
		}
		b.network.Heal()
		b.boxes["A"].apart.Store(false)
		b.carries(time.Second, "A")
		got := a.stop()
		want(t, "A", got, "Isolated true invalid", "Isolated false invalid")
		if slices.ContainsFunc(got, func(e string) bool { return strings.HasPrefix(e, "Chassis") }) {
			t.Errorf("events %q, want none about B, which was never heard", got)
		}
	})
}

// stubborn is a carrier whose data path can't be closed.
type stubborn struct{ chassis.Carrier }

func (s stubborn) SetPermission(p bond.Permission) error {
	if p.Until == 0 {
		return errors.New("the data path does not answer")
	}
	return s.Carrier.SetPermission(p)
}

// The end of this process must not be taken for a proof while frames may still pass.
func TestCloseWaitsForThePermission(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t)
			defer b.close()
			e := newEnds()
			b.boxes["A"].group = func(g *chassis.Group) { g.Ends, g.GoneIsProof = e, true }
			var carrier chassis.Carrier = b.boxes["A"].bond
			if stuck {
				carrier = stubborn{carrier}
			}
			b.joinWith("A", carrier, chassis.LAG{})
			b.carries(5*time.Second, "A")
			if got := b.boxes["A"].LAGs(); !slices.Equal(got, []string{lag}) {
				t.Errorf("LAGs() = %q, want %q", got, lag)
			}
			go func() { _ = b.boxes["A"].Close(t.Context()) }()
			<-e.done
			if until := b.boxes["A"].bond.Status().Permission.Until; until > plane.Clock() {
				t.Errorf("stuck %v: the end is reported %v before the permission ends", stuck, until-plane.Clock())
			}
		})
	}
}
