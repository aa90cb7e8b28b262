package netlab

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLatenessSeesWhatIsLateBOX27: a late probe counts from when it was due, for callers that
// look back that far. A probe that has not run yet counts too.
func TestLatenessSeesWhatIsLateBOX27(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := &Lateness{every: probeEvery, steps: wakeups, due: start.Add(probeEvery)}
		run := func(n int, late time.Duration) {
			for range n {
				time.Sleep(time.Until(l.due) + late)
				l.probe(time.Now())
			}
		}
		run(1000, 0)
		if got := l.Since(start); got != 0 {
			t.Errorf("in time: Since() = %v, want 0", got)
		}
		before := time.Now()
		run(1, 70*time.Millisecond)
		after := time.Now()
		run(1000, 0)
		for name, c := range map[string]struct {
			since time.Time
			want  time.Duration
		}{
			"from the start": {start, 70 * time.Millisecond},
			"from before":    {before, 70 * time.Millisecond},
			"afterwards":     {after.Add(2 * slotLength), 0},
		} {
			if got := l.Since(c.since); got != c.want {
				t.Errorf("%s: Since() = %v, want %v", name, got, c.want)
			}
		}
		if got := l.Slack(before); got != wakeups*70*time.Millisecond {
			t.Errorf("Slack() = %v, want %v", got, wakeups*70*time.Millisecond)
		}
		time.Sleep(probeEvery + 30*time.Millisecond)
		if got := l.Since(after.Add(2 * slotLength)); got != 30*time.Millisecond {
			t.Errorf("a probe that is late by 30 ms and has not run: Since() = %v, want 30ms", got)
		}
		run(mostSlots*int(slotLength/probeEvery)+1000, 0)
		if got := l.Since(start); got > 30*time.Millisecond || len(l.slots) != mostSlots {
			t.Errorf("ten minutes later: Since() = %v with %d slots, want what is left of the last ten minutes in %d", got, len(l.slots), mostSlots)
		}
	})
}

// TestLatenessEndsBOX27: the watch measures, and ends on request.
func TestLatenessEndsBOX27(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l, stop := WatchLateness()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := l.Since(start); got != 0 {
			t.Errorf("Since() = %v in virtual time, want 0", got)
		}
		stop() // synctest fails if its goroutine still runs
	})
}
