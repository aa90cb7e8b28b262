package chassis_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
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
