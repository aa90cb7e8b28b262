package pace

import (
	"slices"
	"testing"
	"time"
)

func TestDeferredActionsRunOnceTheirConditionHoldsOrTheLimitIsOver(t *testing.T) {
	start := time.Unix(1000, 0)
	d := Deferred{Limit: 10 * time.Second, Look: time.Second}
	var ran []string
	open := false
	d.Add(start, func() bool { return open }, func() { ran = append(ran, "condition") })
	d.Add(start, func() bool { return false }, func() { ran = append(ran, "limit") })
	if got := d.Next().Sub(start); got != time.Second {
		t.Errorf("next look after %v, want 1s", got)
	}
	for second, want := range [][]string{nil, nil, nil, {"condition"}, {"condition"}, {"condition"}, {"condition"}, {"condition"}, {"condition"}, {"condition"}, {"condition", "limit"}} {
		open = second >= 3
		d.Run(start.Add(time.Duration(second) * time.Second))
		if !slices.Equal(ran, want) {
			t.Errorf("second %d: %q ran, want %q", second, ran, want)
		}
	}
	if !d.Next().IsZero() {
		t.Errorf("next look at %v with no action left, want none", d.Next())
	}
}
