package pace

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPollEndsWithTheConditionTheLimitOrStop(t *testing.T) {
	for _, c := range []struct {
		name        string
		holdsAfter  time.Duration
		stopsAfter  time.Duration
		want        bool
		wantedAfter time.Duration
	}{
		{"at once", 0, time.Hour, true, 0},
		{"later", 2500 * time.Microsecond, time.Hour, true, 3 * time.Millisecond},
		{"never", time.Hour, time.Hour, false, time.Second},
		{"stopped", time.Hour, 1500 * time.Microsecond, false, 1500 * time.Microsecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin, stop := time.Now(), make(chan struct{})
				timer := time.AfterFunc(c.stopsAfter, func() { close(stop) })
				defer timer.Stop()
				got := Poll(time.Millisecond, time.Second, stop, func() bool { return time.Since(begin) >= c.holdsAfter })
				if took := time.Since(begin); got != c.want || took != c.wantedAfter {
					t.Errorf("Poll() = %v after %v, want %v after %v", got, took, c.want, c.wantedAfter)
				}
			})
		})
	}
}
