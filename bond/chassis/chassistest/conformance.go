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
// empty store for one more chassis. If it is a [chassis.Directory], TestStore tests that too. It closes
// what it opens.
func TestStore(t *testing.T, open func() chassis.Store) {
	b := storeBed{t, open(), open()}
	b.claim()
	b.intend()
	b.release()
	if other, _, err := b.a.Do(t.Context(), "bond1", chassis.Op{}); err != nil || other.Active != "" || other.Epoch != 0 {
		t.Errorf("another LAG: %+v, %v; want nothing", other, err)
	}
	if _, ok := b.a.(chassis.Directory); ok {
		testDirectory(t, open)
	}
	if err := errors.Join(b.a.Close(), b.b.Close()); err != nil {
		t.Error(err)
	}
	if _, _, err := b.a.Do(t.Context(), storeLAG, chassis.Op{}); err == nil {
		t.Error("a closed store gives no error")
	}
}

// storeBed is a store as two chassis see it.
type storeBed struct {
	t    *testing.T
	a, b chassis.Store
}

const storeLAG = "bond0"

// do carries out a transaction. It fails unless the comparisons hold as expected, and the chassis that
// is active and the one that intends to take over are those given.
func (b *storeBed) do(s chassis.Store, op chassis.Op, holds bool, active, intent chassis.ID) chassis.View {
	b.t.Helper()
	v, held, err := s.Do(b.t.Context(), storeLAG, op)
	if err != nil || held != holds || v.Active != active || v.Intent != intent || (v.IntentRev == 0) != (intent == "") || v.Epoch > v.Revision {
		b.t.Fatalf("%+v: comparisons held %v, error %v, view %+v; want %v, none, active %q, intent %q", op, held, err, v, holds, active, intent)
	}
	return v
}

// claim tests claims of an empty store.
func (b *storeBed) claim() {
	if v := b.do(b.a, chassis.Op{Kind: chassis.OpRead}, true, "", ""); v.Epoch != 0 {
		b.t.Fatalf("an empty store: %+v, want epoch 0", v)
	}
	first := b.do(b.a, chassis.Op{Kind: chassis.OpClaim, Chassis: "A", Boot: 1<<63 + 5, Members: 7}, true, "A", "")
	if first.Members != 7 || first.Holder != 1<<63+5 || first.Epoch == 0 {
		b.t.Fatalf("after a claim: %+v, want members 7, holder %d and an epoch", first, uint64(1<<63+5))
	}
	b.do(b.b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Members: 7}, false, "A", "") // of an old epoch
	if v := b.do(b.b, chassis.Op{Kind: chassis.OpRead}, true, "A", ""); v.Epoch != first.Epoch || v.Revision < first.Revision {
		b.t.Fatalf("read by another chassis: %+v, want at least %+v", v, first)
	}
	awaitHint(b.t, b.b)
}

// intend tests intents and takeovers. A is active.
func (b *storeBed) intend() {
	first := b.do(b.a, chassis.Op{Kind: chassis.OpRead}, true, "A", "")
	v := b.do(b.b, chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: first.Epoch}, true, "A", "B")
	if v.Epoch != first.Epoch {
		b.t.Fatalf("an intent changed the epoch from %d to %d", first.Epoch, v.Epoch)
	}
	b.do(b.a, chassis.Op{Kind: chassis.OpIntent, Chassis: "C", Epoch: first.Epoch}, false, "A", "B") // there is one
	b.do(b.a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev + 1}, false, "A", "B")
	b.do(b.a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev}, true, "A", "")
	b.do(b.a, chassis.Op{Kind: chassis.OpVeto, IntentRev: v.IntentRev}, false, "A", "")
	b.do(b.b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Epoch: v.Epoch, IntentRev: v.IntentRev}, false, "A", "") // vetoed
	again := b.do(b.b, chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: first.Epoch}, true, "A", "B")
	if again.IntentRev <= v.IntentRev {
		b.t.Fatalf("revisions of two intents: %d, then %d, want a higher one", v.IntentRev, again.IntentRev)
	}
	second := b.do(b.b, chassis.Op{Kind: chassis.OpClaim, Chassis: "B", Members: 9, Epoch: again.Epoch, IntentRev: again.IntentRev}, true, "B", "")
	if second.Epoch <= first.Epoch || second.Members != 9 {
		b.t.Fatalf("after a takeover: %+v, want members 9 and an epoch above %d", second, first.Epoch)
	}
}

// release tests releases. B is active.
func (b *storeBed) release() {
	first := b.do(b.b, chassis.Op{Kind: chassis.OpRead}, true, "B", "")
	b.do(b.a, chassis.Op{Kind: chassis.OpRelease, To: "C", Epoch: first.Epoch - 1}, false, "B", "")
	second := b.do(b.b, chassis.Op{Kind: chassis.OpRelease, To: "A", Members: 9, Epoch: first.Epoch}, true, "A", "")
	third := b.do(b.a, chassis.Op{Kind: chassis.OpRelease, Epoch: second.Epoch}, true, "", "")
	if second.Epoch <= first.Epoch || second.Members != 9 || second.Holder != 0 || third.Epoch <= second.Epoch {
		b.t.Fatalf("releases after epoch %d: %+v, %+v, want members 9, no holder and higher epochs", first.Epoch, second, third)
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
