package plane

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClockGoesOn(t *testing.T) {
	before := Clock()
	for deadline := time.Now().Add(time.Minute); Clock() <= before; {
		if time.Now().After(deadline) {
			t.Fatalf("Clock() = %v for a minute, want it to go on", before)
		}
	}
	if off := Clock() - time.Duration(time.Now().UnixNano()); off < -time.Hour || off > time.Hour {
		t.Errorf("Clock() is %v from the wall clock, want it to begin there", off)
	}
}

func TestClockFollowsVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := Clock()
		time.Sleep(time.Hour)
		// The machine's own clocks are read too, within a millisecond of each other.
		if got := Clock() - before; got < time.Hour-2*time.Millisecond || got > time.Hour+2*time.Millisecond {
			t.Errorf("after an hour the clock went on by %v", got)
		}
	})
}
