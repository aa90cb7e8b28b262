package chassis_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// A LAG that is removed from the active chassis goes to the other one first, and can be added again.
func TestRemoveHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		a := b.boxes["A"]
		if err := a.Remove(t.Context(), lag); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		if until := a.bond.Status().Permission.Until; until != 0 {
			t.Errorf("after Remove: permission until %v, want none", until)
		}
		b.carries(time.Second, "B")
		for what, err := range map[string]error{
			"Remove": a.Remove(t.Context(), lag), "Change": a.Change(lag, chassis.LAG{}), "SetReady": a.SetReady(lag, true),
		} {
			if !errors.Is(err, chassis.ErrNoLAG) {
				t.Errorf("%s of a LAG that was removed: error %v, want ErrNoLAG", what, err)
			}
		}
		if err := a.Add(lag, a.bond, chassis.LAG{}); err != nil {
			t.Fatalf("Add again: %v", err)
		}
		b.carries(3*time.Second, "B")
		if err := b.boxes["B"].HandOver(t.Context(), lag, "A"); err != nil {
			t.Errorf("hand over to the chassis with the LAG again: %v", err)
		}
		b.carries(time.Second, "A")
	})
}

// A LAG that no other chassis can take is removed, too.
func TestRemoveWithoutSuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.join("A", chassis.LAG{})
		b.carries(5*time.Second, "A")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.boxes["A"].Remove(ctx, lag); err != nil {
			t.Errorf("Remove: %v", err)
		}
		b.carries(time.Second, "")
	})
}

// A LAG that is not handed over in time is removed with an error.
func TestRemoveDoesNotWaitForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		b.boxes["A"].apart.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.boxes["A"].Remove(ctx, lag); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Remove without the store: %v, want DeadlineExceeded", err)
		}
		if _, err := b.boxes["A"].Status(lag); !errors.Is(err, chassis.ErrNoLAG) {
			t.Errorf("Status after Remove: %v, want ErrNoLAG", err)
		}
		b.carries(3*time.Second, "B")
	})
}

// A change of something else leaves a chassis ready. A change that is refused changes nothing.
func TestChangeKeepsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		a := b.boxes["A"]
		b.join("A", chassis.LAG{NeedsReady: true})
		if err := a.SetReady(lag, true); err != nil {
			t.Fatal(err)
		}
		b.carries(5*time.Second, "A")
		if err := a.Change(lag, chassis.LAG{NeedsReady: true, MinScore: 2}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if st := b.status("A"); !st.Ready || st.Score != 2 {
			t.Errorf("after a change of MinScore: ready %v, score %d; want true, 2", st.Ready, st.Score)
		}
		for field, o := range map[string]chassis.LAG{
			"Settings": settings("", ""), "MinScore": {MinScore: -1}, "AllActive": {AllActive: true},
		} {
			var refused *lacp.FieldError
			if err := a.Change(lag, o); !errors.As(err, &refused) || refused.Field != field {
				t.Errorf("Change with another %s: %v, want a FieldError of it", field, err)
			}
		}
		if st := b.status("A"); !st.Ready {
			t.Error("after changes that were refused: not ready, want ready as before")
		}
		b.carries(0, "A")
	})
}

func TestChangePrefersAnotherChassis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		defer b.close()
		b.pair()
		for _, box := range b.boxes {
			if err := box.Change(lag, chassis.LAG{Prefer: "B", RestoreDelay: time.Second}); err != nil {
				t.Fatalf("Change: %v", err)
			}
		}
		b.carries(3*time.Second, "B")
		if err := b.boxes["B"].Change(lag, chassis.LAG{NeedsReady: true}); err != nil {
			t.Fatalf("Change: %v", err)
		}
		if err := b.boxes["A"].Change(lag, chassis.LAG{}); err != nil {
			t.Fatalf("Change: %v", err)
		}
		b.carries(time.Second, "A") // B waits for SetReady
		if err := b.boxes["A"].Change(lag, chassis.LAG{Prefer: "C"}); err == nil {
			t.Error("a chassis that is not of the group is preferred, want an error")
		}
	})
}
