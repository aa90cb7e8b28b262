package chassistest

import (
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// patience is how long a test waits for something that has to happen.
const patience = time.Minute

// TestStore fails t if a store does not do what a [chassis.Chassis] expects. open opens the same
// empty store for one more chassis. TestStore closes what it opens.
func TestStore(t *testing.T, open func() chassis.Store) {
	const lag = "bond0"
	a, b := open(), open()
	do := func(s chassis.Store, op chassis.Op, holds bool) chassis.View {
		t.Helper()
		v, held, err := s.Do(t.Context(), lag, op)
		if err != nil || held != holds {
			t.Fatalf("%+v: comparisons held %v, error %v; want %v, none", op, held, err, holds)
		}
		return v
	}
	want := func(got chassis.View, active, intent chassis.ID) {
		t.Helper()
		if got.Active != active || got.Intent != intent || (got.IntentRev == 0) != (intent == "") || (got.Epoch == 0) != (active == "" && got.Revision == 0) {
			t.Fatalf("view %+v, want active %q and intent %q", got, active, intent)
		}
	}
	v := do(a, chassis.Op{Kind: chassis.OpRead}, true)
	if v.Active != "" || v.Epoch != 0 || v.Intent != "" || v.IntentRev != 0 {
		t.Fatalf("an empty store: %+v, want nothing", v)
	}
	first := do(a, chassis.Op{Kind: chassis.OpClaim, Chassis: "A", Members: 7}, true)
	if want(first, "A", ""); first.Members != 7 || first.Epoch == 0 || first.Epoch > first.Revision {
		t.Fatalf("after a claim: %+v, want members 7 and an epoch up to the revision", first)
	}
	want(do(b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Members: 7}, false), "A", "") // of an old epoch
	if got := do(b, chassis.Op{Kind: chassis.OpRead}, true); got.Active != "A" || got.Epoch != first.Epoch || got.Revision < first.Revision {
		t.Fatalf("read by another chassis: %+v, want that of %+v", got, first)
	}
	awaitHint(t, b)
	v = do(b, chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: first.Epoch}, true)
	want(v, "A", "B")
	if v.Epoch != first.Epoch {
		t.Fatalf("an intent changed the epoch from %d to %d", first.Epoch, v.Epoch)
	}
	do(a, chassis.Op{Kind: chassis.OpIntent, Chassis: "C", Epoch: first.Epoch}, false) // there is one
	do(a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev + 1}, false)
	want(do(a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev}, true), "A", "")
	do(a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev}, false)
	do(b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Epoch: v.Epoch, IntentRev: v.IntentRev}, false) // vetoed
	again := do(b, chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: first.Epoch}, true)
	if again.IntentRev <= v.IntentRev {
		t.Fatalf("revisions of two intents: %d, then %d, want a higher one", v.IntentRev, again.IntentRev)
	}
	second := do(b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Members: 9, Epoch: again.Epoch, IntentRev: again.IntentRev}, true)
	if want(second, "B", ""); second.Epoch <= first.Epoch || second.Members != 9 {
		t.Fatalf("after a takeover: %+v, want members 9 and an epoch above %d", second, first.Epoch)
	}
	do(a, chassis.Op{Kind: chassis.OpRelease, To: "B", Epoch: first.Epoch}, false)
	third := do(b, chassis.Op{Kind: chassis.OpRelease, To: "A", Members: 9, Epoch: second.Epoch}, true)
	want(third, "A", "")
	fourth := do(a, chassis.Op{Kind: chassis.OpRelease, Epoch: third.Epoch}, true)
	if fourth.Active != "" || fourth.Epoch <= third.Epoch {
		t.Fatalf("released to none: %+v, want no active chassis and an epoch above %d", fourth, third.Epoch)
	}
	if other, _, err := a.Do(t.Context(), "bond1", chassis.Op{}); err != nil || other.Active != "" || other.Epoch != 0 {
		t.Fatalf("another LAG: %+v, %v; want nothing", other, err)
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Do(t.Context(), lag, chassis.Op{}); err == nil {
		t.Error("a closed store gives no error")
	}
}

// awaitHint waits for a hint that the store has changed.
func awaitHint(t *testing.T, s chassis.Store) {
	t.Helper()
	select {
	case <-s.Changes():
	case <-time.After(patience):
		t.Errorf("no hint within %v after another chassis has changed the store", patience)
	}
}
