package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRemovedMemberIsListed: a port that the file no longer has is listed as removed, until it is
// in the bond again.
func TestRemovedMemberIsListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n")
		b.run(t)
		if got := b.bond("a").Removed; len(got) != 0 {
			t.Errorf("removed %+v at the start, want none", got)
		}
		time.Sleep(time.Minute)
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1]}\n")
		got := b.bond("a").Removed
		if len(got) != 1 || got[0].Name != "eth2" || !got[0].Since.Equal(time.Now()) {
			t.Errorf("removed %+v, want eth2 just now", got)
		}
		b.reloadWith(t, "bonds:\n- {name: a, ports: [eth1, eth2]}\n")
		if got := b.bond("a").Removed; len(got) != 0 {
			t.Errorf("removed %+v once eth2 is back, want none", got)
		}
	})
}
