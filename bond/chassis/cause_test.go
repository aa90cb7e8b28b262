package chassis_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// The causes of takeovers, vetoes, and the time without another chassis are counted.
func TestCounts(t *testing.T) {
	n, v := activeB(t, nil)
	st := n.Status(time.Second)
	if st.Cause != chassis.CauseVacant || st.Takeovers != [chassis.Causes]uint64{chassis.CauseVacant: 1} {
		t.Errorf("after the first claim: cause %v, takeovers %v; want vacant, once", st.Cause, st.Takeovers)
	}
	now := 2 * time.Second
	n.pass(time.Second, now, v)
	if got := n.Status(now).Alone; got != time.Second {
		t.Errorf("alone for %v, want 1s", got)
	}
	n.hears(now, "A", 2, nil)
	n.pass(now, now+200*time.Millisecond, v)
	if got := n.Status(now + 200*time.Millisecond).Alone; got != time.Second {
		t.Errorf("A could take over: alone for %v, want 1s as before", got)
	}
	v.Revision++
	v.Intent, v.IntentRev = "C", v.Revision
	n.do(now, func(at time.Duration) { n.Poke(at) })
	n.serve(now, v, chassis.OpRead)
	n.serve(now, v, chassis.OpVeto)
	if got := n.Status(now).Vetoes; got != 1 {
		t.Errorf("%d vetoes, want 1", got)
	}
	n, v, now = suspicious(t)
	now = n.until(now, v, chassis.OpClaim)
	n.serve(now, v, chassis.OpClaim)
	if got := n.Status(now).Cause; got != chassis.CauseSilent {
		t.Errorf("A was silent: cause %v, want silent", got)
	}
	v = &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n = machine(t, v, nil)
	v.Revision, v.Active, v.Epoch = 6, "B", 6
	n.do(time.Second, func(at time.Duration) { n.Poke(at) })
	n.serve(time.Second, v, chassis.OpRead)
	n.serve(time.Second, v, chassis.OpClaim)
	if got := n.Status(time.Second).Cause; got != chassis.CauseHandOver {
		t.Errorf("A gave the LAG to B: cause %v, want handover", got)
	}
	n, v, now = suspicious(t)
	now = n.until(now, v, chassis.OpClaim)
	n.take(chassis.OpClaim) // it is lost, and A gives the LAG to C, which gives it to B
	for _, id := range []chassis.ID{"C", "B"} {
		v.Revision++
		v.Active, v.Epoch, v.Intent, v.IntentRev = id, v.Revision, "", 0
		now = n.until(now, v, chassis.OpRead)
		n.serve(now, v, chassis.OpRead)
	}
	n.serve(now, v, chassis.OpClaim)
	if got := n.Status(now).Cause; got != chassis.CauseHandOver {
		t.Errorf("a claim was lost, then C gave the LAG to B: cause %v, want handover", got)
	}
	if st := n.Status(now); st.TakeoverTime < hold*7/10+hold*105/100 || st.TakeoverTime > hold*18/10 {
		t.Errorf("TakeoverTime %v, want 0.7 and a little more than 1.05 times %v", st.TakeoverTime, hold)
	}
	for k, want := range map[chassis.Cause]string{chassis.CauseNone: "none", chassis.CauseRestart: "restart", 99: "Cause(99)"} {
		if k.String() != want {
			t.Errorf("String() = %q, want %q", k.String(), want)
		}
	}
}
