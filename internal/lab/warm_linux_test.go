package lab

import (
	"testing"
	"time"
)

// TestWarmRestart ends lacpd and starts it again so that the partner sees no change: its
// members carry data all the time.
func TestWarmRestart(t *testing.T) {
	needLong(t)
	b, far, all, show := twoLacpd(t)
	b.lacpd.flags = []string{"-warm"}
	b.lacpd.End(t)
	b.lacpd.run(t, b.near)
	await(t, "both ends use both links", time.Now(), 10*time.Second, all, show)
	since := far.status(t).Members
	for range 3 {
		b.lacpd.End(t)
		if s := far.status(t); !s.Members[0].CarriesData || !s.Members[1].CarriesData {
			t.Errorf("lacpd left its partner: %+v", s)
		}
		start := time.Now()
		b.lacpd.run(t, b.near)
		took := await(t, "both ends use both links", start, 2*time.Second, all, show)
		t.Logf("back %v after the start", took)
	}
	for i, m := range far.status(t).Members {
		if !m.Reason.Since.Equal(since[i].Reason.Since) {
			t.Errorf("the partner noticed a change of %s: %+v", m.Name, m)
		}
	}
}
