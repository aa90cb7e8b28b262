package pace

import (
	"testing"
	"time"
)

func TestLeaseIsRenewedInTime(t *testing.T) {
	start := time.Unix(0, 0)
	var l Lease
	for i, step := range []struct {
		at, lasts time.Duration
		want      bool
		next      time.Duration // 0: none
	}{
		{0, 0, true, 0}, // for ever, but its user has to know
		{time.Hour, 0, false, 0},
		{time.Hour, 3 * time.Second, true, time.Hour + 750*time.Millisecond},
		{time.Hour + 749*time.Millisecond, 3 * time.Second, false, time.Hour + 750*time.Millisecond},
		{time.Hour + 750*time.Millisecond, 3 * time.Second, true, time.Hour + 1500*time.Millisecond},
		{time.Hour + 751*time.Millisecond, 90 * time.Second, true, time.Hour + 5751*time.Millisecond},
		{time.Hour + 752*time.Millisecond, 3 * time.Second, true, time.Hour + 1502*time.Millisecond},
		{time.Hour + 753*time.Millisecond, 0, true, 0},
	} {
		got := l.Renew(start.Add(step.at), step.lasts)
		var next time.Duration
		if n := l.Next(); !n.IsZero() {
			next = n.Sub(start)
		}
		if got != step.want || next != step.next {
			t.Errorf("step %d: Renew(%v, %v) = %v, next renewal at %v; want %v, %v", i, step.at, step.lasts, got, next, step.want, step.next)
		}
	}
}
